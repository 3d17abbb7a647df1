#include "core/summation_tree.h"

#include <algorithm>

#include "core/check.h"

namespace ktrain {
namespace {

bool is_power_of_two(std::int64_t number) {
  return (number & (number - 1)) == 0;
}

/// Whether `b`, behind `a`, is all that a's parent holds beside it.
bool are_siblings(Range a, Range b, std::int64_t leaves) {
  const std::int64_t size = a.size();
  return is_power_of_two(size) && a.begin % (2 * size) == 0 && b.end == std::min(a.begin + 2 * size, leaves);
}

}  // namespace

SummationOrder::SummationOrder(std::span<const Range> nodes, std::int64_t leaves) {
  for (const Range node : nodes) {
    KTRAIN_CHECK(node.size() > 0 && node.end <= leaves && (left.empty() || left.back().end == node.begin),
                 "leaves ", node.begin, " to ", node.end, " of ", leaves);
    left.push_back(node);
    height = std::max(height, left.size());
    merges.push_back(0);
    while (left.size() > 1 && are_siblings(left[left.size() - 2], left.back(), leaves)) {
      left[left.size() - 2].end = left.back().end;
      left.pop_back();
      ++merges.back();
    }
  }
}

SummationOrder summation_of_leaves(Range own, std::int64_t leaves) {
  std::vector<Range> nodes;
  for (std::int64_t leaf = own.begin; leaf < own.end; ++leaf) nodes.push_back({leaf, leaf + 1});
  return {nodes, leaves};
}

}  // namespace ktrain
