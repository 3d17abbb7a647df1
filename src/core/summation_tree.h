#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "ktrain/core/range.h"

namespace ktrain {

/// How subtrees of one fixed binary tree are added up, so that a sum has the same bits whoever holds which
/// part. The tree is over `leaves` leaves: a node of level L is over the leaves [i·2^L, (i+1)·2^L) that there
/// are; it is the sum of its two children, or its left child alone where there are no leaves under the right
/// one. The subtrees, neighbours, go onto a stack from left to right; after each of them the two on top are
/// added as many times as `merges` says.
struct SummationOrder {
  /// Of `nodes`, from left to right, each a subtree with all its leaves.
  SummationOrder(std::span<const Range> nodes, std::int64_t leaves);

  std::vector<int> merges;  ///< after each node
  std::vector<Range> left;  ///< the subtrees that remain: without the others' there is no more to add
  std::size_t height = 0;   ///< the most that are on the stack at a time
};

/// Of the single leaves [own.begin, own.end).
SummationOrder summation_of_leaves(Range own, std::int64_t leaves);

/// Adds up rows of `count` numbers along `order`: `contribute(node, row)` adds to a row of zeros. `sums`
/// becomes the remaining subtrees' rows one after the other, or a row of zeros where there are no nodes.
template <typename Contribute>
void add_up(const SummationOrder& order, std::size_t count, std::vector<double>& sums,
            const Contribute& contribute) {
  sums.assign(std::max<std::size_t>(order.height, 1) * count, 0.0);
  const auto row = [&](std::size_t index) { return std::span(sums).subspan(index * count, count); };
  std::size_t top = 0;
  for (std::size_t node = 0; node < order.merges.size(); ++node) {
    for (double& value : row(top)) value = 0;
    contribute(node, row(top));
    ++top;
    for (int merge = order.merges[node]; merge > 0; --merge) {
      --top;
      for (std::size_t i = 0; i < count; ++i) row(top - 1)[i] += row(top)[i];
    }
  }
  sums.resize(std::max<std::size_t>(top, 1) * count);
}

}  // namespace ktrain
