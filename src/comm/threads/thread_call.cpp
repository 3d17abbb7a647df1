#include "comm/threads/thread_call.h"

#include <algorithm>
#include <tuple>

#include "comm/reduce.h"
#include "comm/tree_reduce.h"
#include "core/check.h"

namespace ktrain {
namespace {

void all_reduce(std::span<const ThreadCall> calls) {
  const ThreadCall& first = calls.front();
  for (const ThreadCall& call : calls.subspan(1)) {
    reduce_into(first.data, call.data, first.count, first.dtype, first.op);
  }
  const std::int64_t bytes = first.count * static_cast<std::int64_t>(size_of(first.dtype));
  for (const ThreadCall& call : calls.subspan(1)) std::copy_n(first.data, bytes, call.data);
}

void tree_sum(std::span<const ThreadCall> calls) {
  const ThreadCall& first = calls.front();
  const auto element = static_cast<std::int64_t>(size_of(first.dtype));
  std::vector<std::byte> stack(static_cast<std::size_t>(first.tree->height() * first.count * element));
  reduce_along(*first.tree, stack.data(), first.count, first.dtype, [&](const TreeShares::Part& part) {
    return calls[static_cast<std::size_t>(part.rank)].data + part.plane * first.stride * element;
  });
  for (const ThreadCall& call : calls) std::copy_n(stack.data(), first.count * element, call.data);
}

void broadcast(std::span<const ThreadCall> calls) {
  const ThreadCall& root = calls[static_cast<std::size_t>(calls.front().root)];
  for (const ThreadCall& call : calls) {
    if (call.data != root.data) std::copy_n(root.data, root.count, call.data);
  }
}

void gather(std::span<const ThreadCall> calls) {
  std::span<std::byte> to = calls[static_cast<std::size_t>(calls.front().root)].receive;
  for (const ThreadCall& call : calls) {
    KTRAIN_CHECK(call.send.size() <= to.size(), call.send.size(), " bytes into ", to.size());
    std::ranges::copy(call.send, to.begin());
    to = to.subspan(call.send.size());
  }
}

}  // namespace

bool same_collective(const ThreadCall& a, const ThreadCall& b) {
  const auto signature = [](const ThreadCall& call) {
    return std::tuple(call.kind, call.count, call.dtype, call.op, call.root, call.stride,
                      call.tree == nullptr ? 0 : call.tree->digest());
  };
  return signature(a) == signature(b);
}

std::string describe(const ThreadCall& call) {
  static constexpr const char* kNames[] = {"all_reduce", "tree_sum", "broadcast",
                                           "barrier",    "gather",   "duplicate"};
  return text(kNames[static_cast<int>(call.kind)], " of ", call.count, " ", name_of(call.dtype));
}

void carry_out(std::span<const ThreadCall> calls) {
  switch (calls.front().kind) {
    case ThreadCall::Kind::kAllReduce:
      return all_reduce(calls);
    case ThreadCall::Kind::kTreeSum:
      return tree_sum(calls);
    case ThreadCall::Kind::kBroadcast:
      return broadcast(calls);
    case ThreadCall::Kind::kGather:
      return gather(calls);
    case ThreadCall::Kind::kBarrier:
    case ThreadCall::Kind::kDuplicate:
      return;
  }
}

}  // namespace ktrain
