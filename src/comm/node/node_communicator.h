#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "comm/node/shared_memory.h"
#include "ktrain/comm/communicator.h"

namespace ktrain {

/// `group`, with all-reduces carried out in memory that its ranks share, if they can share memory; otherwise
/// `group` itself. Collective.
std::unique_ptr<Communicator> with_shared_memory(std::unique_ptr<Communicator> group);

/// All-reduces over ranks of one host, without messages. They are carried out in the order in which they were
/// started, each once every rank has started it:
///
/// * over memory from allocate(): each rank reduces its slice of the elements from the memory of all ranks
/// and
///   writes the result into the memory of all; together they read and write every buffer once;
/// * small ones elsewhere: a rank copies what it brings where all see it, and each reduces everything.
///
/// Both in rank order, so that every rank gets the same bits. Other collectives, and large all-reduces over
/// other memory, go through the group within.
class NodeCommunicator final : public Communicator {
 public:
  static constexpr std::int64_t kSlots = 32;
  static constexpr std::int64_t kStagedBytes = std::int64_t{16} << 10;

  /// What one rank tells the others, in its part of the board.
  struct Notice;

  /// `board`, with board_bytes() for each rank, is this communicator's alone.
  NodeCommunicator(std::unique_ptr<Communicator> within, std::shared_ptr<SharedMemory> board);

  static std::int64_t board_bytes();

  int rank() const override { return rank_; }
  int size() const override { return size_; }
  std::string host() const override { return within_->host(); }
  std::string transport() const override { return "node"; }
  std::unique_ptr<Communicator> duplicate() override;
  Buffer allocate(std::int64_t bytes) override;

  Request all_reduce_start(void* data, std::int64_t count, DType dtype, ReduceOp op) override;
  Request broadcast_start(void* data, std::int64_t bytes, int root) override;
  Request barrier_start() override;
  Request gather_start(std::span<const std::byte> send, std::span<std::byte> receive,
                       std::span<const std::int64_t> bytes_per_rank, int root) override;

  bool test(Request request) override;
  void progress() override;
  [[noreturn]] void abort(int code) override;
  std::string describe(Request request) const override;

 private:
  /// An all-reduce as all ranks see it: these fields must be the same on each.
  struct Call {
    std::int64_t count = 0;
    DType dtype = DType::kUint8;
    ReduceOp op = ReduceOp::kSum;
    int window = -1;  ///< of windows_; −1: staged
    std::int64_t offset = 0;
    bool operator==(const Call&) const = default;
  };
  /// A request of this communicator's own; free when its number is negative.
  struct Pending {
    std::int64_t number = -1;
    bool staged = false;
  };

  Notice& notice(int rank) const;
  std::string describe(std::int64_t number) const;
  /// A staged call, or one in a window if `data` lies in one.
  Call call_of(const void* data, std::int64_t count, DType dtype, ReduceOp op) const;
  void wait_for_room();
  std::int64_t arrived_everywhere() const;
  std::int64_t finished_everywhere() const;
  void carry_out(std::int64_t number);
  void reduce_slice(const Call& call);
  void require_same_calls(std::int64_t number) const;

  std::unique_ptr<Communicator> within_;
  std::shared_ptr<SharedMemory> board_;
  int rank_;
  int size_;
  /// What allocate() gave out. Kept, so that no other memory gets the same address.
  std::vector<std::shared_ptr<SharedMemory>> windows_;
  std::vector<Pending> pending_;
  std::int64_t started_ = 0;
  std::int64_t finished_ = 0;
  /// Where the result of a staged call goes, by number modulo kSlots.
  std::vector<void*> destinations_;
};

}  // namespace ktrain
