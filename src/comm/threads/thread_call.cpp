#include "comm/threads/thread_call.h"

#include <algorithm>
#include <tuple>

#include "core/check.h"

namespace ktrain {
namespace {

template <typename T>
T combine(ReduceOp op, T a, T b) {
  switch (op) {
    case ReduceOp::kSum:
      return static_cast<T>(a + b);
    case ReduceOp::kMax:
      return std::max(a, b);
    case ReduceOp::kMin:
      return std::min(a, b);
  }
  KTRAIN_CHECK(false, "operation ", static_cast<int>(op));
}

template <typename T>
void all_reduce(std::span<const ThreadCall> calls) {
  const ThreadCall& first = calls.front();
  T* total = reinterpret_cast<T*>(first.data);
  for (const ThreadCall& call : calls.subspan(1)) {
    const T* values = reinterpret_cast<const T*>(call.data);
    for (std::int64_t i = 0; i < first.count; ++i) total[i] = combine(first.op, total[i], values[i]);
  }
  for (const ThreadCall& call : calls.subspan(1))
    std::copy_n(total, first.count, reinterpret_cast<T*>(call.data));
}

void all_reduce_any(std::span<const ThreadCall> calls) {
  switch (calls.front().dtype) {
    case DType::kFloat32:
      return all_reduce<float>(calls);
    case DType::kFloat64:
      return all_reduce<double>(calls);
    case DType::kInt64:
      return all_reduce<std::int64_t>(calls);
    case DType::kUint8:
      return all_reduce<std::uint8_t>(calls);
    default:
      KTRAIN_CHECK(false, "all_reduce of ", name_of(calls.front().dtype));
  }
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
    return std::tuple(call.kind, call.count, call.dtype, call.op, call.root);
  };
  return signature(a) == signature(b);
}

std::string describe(const ThreadCall& call) {
  static constexpr const char* kNames[] = {"all_reduce", "broadcast", "barrier", "gather", "duplicate"};
  return text(kNames[static_cast<int>(call.kind)], " of ", call.count, " ", name_of(call.dtype));
}

void carry_out(std::span<const ThreadCall> calls) {
  switch (calls.front().kind) {
    case ThreadCall::Kind::kAllReduce:
      return all_reduce_any(calls);
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
