#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "comm/threads/thread_group.h"
#include "ktrain/comm/communicator.h"

namespace ktrain {

/// One rank's view of a ThreadGroup; used by that rank's thread.
class ThreadCommunicator final : public Communicator {
 public:
  ThreadCommunicator(int rank, std::shared_ptr<ThreadGroup> group) : rank_(rank), group_(std::move(group)) {}

  int rank() const override { return rank_; }
  int size() const override { return group_->size(); }
  std::string host() const override;
  std::string transport() const override { return "threads"; }
  std::unique_ptr<Communicator> duplicate() override;

  Request all_reduce_start(void* data, std::int64_t count, DType dtype, ReduceOp op) override;
  Request tree_sum_start(const TreeShares& tree, void* data, std::int64_t count, std::int64_t stride,
                         DType dtype) override;
  Request broadcast_start(void* data, std::int64_t bytes, int root) override;
  Request barrier_start() override;
  Request gather_start(std::span<const std::byte> send, std::span<std::byte> receive,
                       std::span<const std::int64_t> bytes_per_rank, int root) override;

  bool test(Request request) override { return group_->test(request.slot); }
  void progress() override {}
  std::string describe(Request request) const override { return group_->describe(request.slot); }
  [[noreturn]] void abort(int code) override;

 private:
  Request start(const ThreadCall& call) { return {group_->start(rank_, started_++, call)}; }

  int rank_;
  std::shared_ptr<ThreadGroup> group_;
  std::int64_t started_ = 0;
};

}  // namespace ktrain
