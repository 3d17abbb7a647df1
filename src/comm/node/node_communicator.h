#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "comm/node/copied_memory.h"
#include "comm/node/shared_memory.h"
#include "ktrain/comm/communicator.h"

namespace ktrain {

/// `group`, with all-reduces carried out in memory that its ranks share, if they can share memory; otherwise
/// `group` itself. Collective.
std::unique_ptr<Communicator> with_shared_memory(std::unique_ptr<Communicator> group);

/// All-reduces over ranks of one host, without messages. They are carried out in the order in which they were
/// started, each once every rank has started it:
///
///  - over memory from allocate(), a window: each rank reduces its slice of the elements from the memory of
///    all ranks and writes the result into the memory of all; together they read and write every buffer once;
///  - staged, small ones elsewhere: a rank copies what it brings to where all see it, and each reduces
///    everything.
///
/// Both in rank order, or along a tree's, so that every rank gets the same bits. Ranks tell each other what
/// they have started and done on a board, a piece of shared memory with a part for each rank, which holds the
/// latest kSlots calls; what is started beyond them waits for the slowest rank. Other collectives, and large
/// all-reduces over other memory, go through the group within.
class NodeCommunicator final : public Communicator {
 public:
  static constexpr std::int64_t kSlots = 16;
  static constexpr std::int64_t kStagedBytes = std::int64_t{16} << 10;

  /// A rank's part of the board.
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
  Buffer replicable(std::int64_t bytes) override;
  Buffer replicate(Buffer own, int root) override;

  Request all_reduce_start(void* data, std::int64_t count, DType dtype, ReduceOp op) override;
  Request tree_sum_start(const TreeShares& tree, void* data, std::int64_t count, std::int64_t stride,
                         DType dtype) override;
  Request broadcast_start(void* data, std::int64_t bytes, int root) override;
  Request barrier_start() override;
  Request gather_start(std::span<const std::byte> send, std::span<std::byte> receive,
                       std::span<const std::int64_t> bytes_per_rank, int root) override;

  bool test(Request request) override;
  void progress() override;
  std::string describe(Request request) const override;
  [[noreturn]] void abort(int code) override;

 private:
  /// An all-reduce as all ranks see it: the same on each.
  struct Call {
    std::int64_t count = 0;
    DType dtype = DType::kUint8;
    ReduceOp op = ReduceOp::kSum;
    int window = -1;  ///< of windows_; −1: staged
    std::int64_t offset = 0;
    std::int64_t planes = 1;  ///< the most that a rank brings
    std::int64_t stride = 0;  ///< from one to the next, in elements
    std::uint64_t tree = 0;   ///< a digest; 0: reduced in rank order
    bool operator==(const Call&) const = default;
  };
  /// An all-reduce that this rank started, by its place in the order of all.
  struct Started {
    std::int64_t number = -1;
    Call call;
    void* data = nullptr;
    const TreeShares* tree = nullptr;
  };

  Notice& notice(int rank) const;
  /// Whether `data` lies in a window; then `call` gets its place there.
  bool find_window(const void* data, Call& call) const;
  Request start(const Call& call, void* data, const TreeShares* tree);
  void stage(const Started& started, std::byte* to) const;
  bool fits_board(const Call& call) const;
  void publish_waiting();
  std::int64_t arrived_everywhere() const;
  std::int64_t finished_everywhere() const;
  void carry_out(std::int64_t number);
  void reduce_staged(std::int64_t number, const Started& own);
  void reduce_slice(const Started& own);
  /// `count` elements of all ranks' planes, which `plane(rank, index)` points at, reduced at `stack_`.
  template <typename Plane>
  const std::byte* reduce(const Started& own, std::int64_t count, const Plane& plane);
  void require_same_calls(std::int64_t number) const;
  static std::string text_of(const Call& call);

  std::unique_ptr<Communicator> within_;
  std::shared_ptr<SharedMemory> board_;
  int rank_;
  int size_;
  /// What allocate() gave out. Kept, so that no other memory gets the same address.
  std::vector<std::shared_ptr<SharedMemory>> windows_;
  CopiedMemory copies_;
  /// The table of requests; an entry is free when its number is negative.
  std::vector<Started> requests_;
  /// Not on the board yet, in order.
  std::vector<Started> waiting_;
  std::int64_t started_ = 0;
  std::int64_t published_ = 0;
  std::int64_t finished_ = 0;
  /// The board has room for the calls before this number, as far as is known.
  std::int64_t room_until_ = kSlots;
  /// Those on the board, by number modulo kSlots.
  std::vector<Started> published_calls_;
  Buffer stack_;  ///< for the sums under way in a piece
};

}  // namespace ktrain
