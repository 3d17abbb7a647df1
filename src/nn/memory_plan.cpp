#include "nn/memory_plan.h"

#include <algorithm>
#include <numeric>

namespace ktrain {
namespace {

constexpr std::int64_t kAlignment = 64;

std::int64_t aligned(std::int64_t bytes) {
  return (bytes + kAlignment - 1) / kAlignment * kAlignment;
}

bool overlap(const Interval& a, const Interval& b) {
  return a.first <= b.last && b.first <= a.last;
}

}  // namespace

MemoryPlan plan_memory(std::span<const Interval> intervals) {
  std::vector<std::size_t> order(intervals.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, [&](auto a, auto b) { return intervals[a].bytes > intervals[b].bytes; });

  MemoryPlan plan{std::vector<std::int64_t>(intervals.size(), 0), 0};
  std::vector<std::size_t> placed;  // by offset
  for (const std::size_t i : order) {
    const std::int64_t bytes = aligned(intervals[i].bytes);
    std::int64_t offset = 0;
    for (const std::size_t other : placed) {
      if (!overlap(intervals[i], intervals[other])) continue;
      if (offset + bytes <= plan.offsets[other]) break;
      offset = std::max(offset, plan.offsets[other] + aligned(intervals[other].bytes));
    }
    plan.offsets[i] = offset;
    plan.bytes = std::max(plan.bytes, offset + bytes);
    const auto by_offset = [&](std::size_t a, std::size_t b) { return plan.offsets[a] < plan.offsets[b]; };
    placed.insert(std::ranges::upper_bound(placed, i, by_offset), i);
  }
  return plan;
}

}  // namespace ktrain
