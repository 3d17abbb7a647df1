#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

#include "comm/reduce.h"
#include "ktrain/comm/tree_shares.h"

namespace ktrain {

/// Sums of `count` elements along a tree: all ranks' planes, which `plane_at(part)` points at. The result
/// stands at the beginning of `stack`, which is memory for tree.height() sums of `count` elements.
template <typename PlaneAt>
void reduce_along(const TreeShares& tree, std::byte* stack, std::int64_t count, DType dtype,
                  const PlaneAt& plane_at) {
  const std::size_t bytes = static_cast<std::size_t>(count) * size_of(dtype);
  std::byte* top = stack;  // where the next sum goes
  for (const TreeShares::Part& part : tree.parts()) {
    const void* plane = plane_at(part);
    if (part.merges == 0) {
      if (bytes > 0) std::memcpy(top, plane, bytes);
      top += bytes;
      continue;
    }
    reduce_into(top - bytes, plane, count, dtype, ReduceOp::kSum);
    for (int merge = 1; merge < part.merges; ++merge) {
      top -= bytes;
      reduce_into(top - bytes, top, count, dtype, ReduceOp::kSum);
    }
  }
}

}  // namespace ktrain
