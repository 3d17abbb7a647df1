#include "comm/threads/thread_communicator.h"

#include <cstdio>
#include <cstdlib>

#include "comm/host_name.h"
#include "core/check.h"

namespace ktrain {

std::string ThreadCommunicator::host() const {
  return host_name();
}

std::unique_ptr<Communicator> ThreadCommunicator::duplicate() {
  const Request request = start({.kind = ThreadCall::Kind::kDuplicate});
  wait(request);
  auto copy = std::make_unique<ThreadCommunicator>(rank_, group_->duplicate(request.slot));
  copy->set_stall_seconds(stall_seconds());
  return copy;
}

Communicator::Request ThreadCommunicator::all_reduce_start(void* data, std::int64_t count, DType dtype,
                                                           ReduceOp op) {
  return start({.kind = ThreadCall::Kind::kAllReduce,
                .data = static_cast<std::byte*>(data),
                .count = count,
                .dtype = dtype,
                .op = op});
}

Communicator::Request ThreadCommunicator::tree_sum_start(const TreeShares& tree, void* data,
                                                         std::int64_t count, std::int64_t stride,
                                                         DType dtype) {
  KTRAIN_CHECK(tree.size() == size(), "shares of ", tree.size(), " ranks");
  return start({.kind = ThreadCall::Kind::kTreeSum,
                .data = static_cast<std::byte*>(data),
                .count = count,
                .dtype = dtype,
                .tree = &tree,
                .stride = stride});
}

Communicator::Request ThreadCommunicator::broadcast_start(void* data, std::int64_t bytes, int root) {
  return start({.kind = ThreadCall::Kind::kBroadcast,
                .data = static_cast<std::byte*>(data),
                .count = bytes,
                .root = root});
}

Communicator::Request ThreadCommunicator::barrier_start() {
  return start({.kind = ThreadCall::Kind::kBarrier});
}

Communicator::Request ThreadCommunicator::gather_start(std::span<const std::byte> send,
                                                       std::span<std::byte> receive,
                                                       std::span<const std::int64_t> bytes_per_rank,
                                                       int root) {
  KTRAIN_CHECK(rank_ != root || std::ssize(bytes_per_rank) == size(), bytes_per_rank.size(), " counts");
  return start({.kind = ThreadCall::Kind::kGather, .root = root, .send = send, .receive = receive});
}

void ThreadCommunicator::abort(int code) {
  std::fflush(nullptr);
  std::_Exit(code);
}

}  // namespace ktrain
