#pragma once

#include <mpi.h>

#include <string>
#include <vector>

#include "comm/mpi/mpi_tree_sum.h"
#include "ktrain/comm/communicator.h"

namespace ktrain {

/// Collectives over an MPI communicator, non-blocking ones only, completed by polling. Transfers of more
/// elements than an `int` counts are started in pieces.
class MpiCommunicator final : public Communicator {
 public:
  /// Takes `comm`, which nobody else may use and which returns its errors.
  explicit MpiCommunicator(MPI_Comm comm);
  /// Frees the MPI communicator, unless collectives are outstanding or an exception is in flight: peers may
  /// be lost then, and freeing is collective.
  ~MpiCommunicator() override;

  int rank() const override { return rank_; }
  int size() const override { return size_; }
  std::string host() const override { return host_; }
  std::string transport() const override { return "mpi"; }
  std::unique_ptr<Communicator> duplicate() override;

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
  /// A collective under way, as `pending` MPI requests; free when it has no name. A sum along a tree has
  /// several rounds of them.
  struct Slot {
    const char* name = nullptr;
    std::int64_t count = 0;
    const char* unit = "";
    int pending = 0;
    MpiTreeSum tree_sum = {};
    int tag = 0;
  };

  /// A free slot; the table grows to the largest number ever outstanding and stays.
  Request take_slot(const char* name, std::int64_t count = 0, const char* unit = "");
  /// Hands an MPI request of this slot to the polling.
  void add(Request owner, MPI_Request request);
  void remove_completed();
  /// Starts the rounds of a sum along a tree that are due.
  void advance_tree_sum(int slot);
  void advance_others();

  MPI_Comm comm_;
  int rank_ = 0;
  int size_ = 1;
  std::string host_;
  int exceptions_before_;
  std::vector<Slot> slots_;
  int tree_sums_ = 0;  ///< started so far, as far as tags count
  // Side by side, one entry per MPI request under way: what MPI_Testsome works on, and whose it is.
  std::vector<MPI_Request> requests_;
  std::vector<int> owners_;
  std::vector<int> completed_;
  std::vector<MPI_Status> statuses_;
};

}  // namespace ktrain
