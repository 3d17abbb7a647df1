#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "ktrain/comm/communicator.h"

namespace ktrain {

/// What one rank brings to a collective.
struct ThreadCall {
  enum class Kind { kAllReduce, kTreeSum, kBroadcast, kBarrier, kGather, kDuplicate };

  Kind kind = Kind::kBarrier;
  std::byte* data = nullptr;
  std::int64_t count = 0;
  DType dtype = DType::kUint8;
  ReduceOp op = ReduceOp::kSum;
  const TreeShares* tree = nullptr;
  std::int64_t stride = 0;
  int root = 0;
  std::span<const std::byte> send{};
  std::span<std::byte> receive{};
};

/// Whether two ranks' calls can be parts of one collective.
bool same_collective(const ThreadCall& a, const ThreadCall& b);

/// "all_reduce of 12 float32".
std::string describe(const ThreadCall& call);

/// Moves the data of a collective whose calls, one a rank in rank order, are all there. Sums go in rank
/// order.
void carry_out(std::span<const ThreadCall> calls);

}  // namespace ktrain
