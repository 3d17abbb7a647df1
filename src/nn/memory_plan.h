#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace ktrain {

/// A block of memory needed during the points of time first … last, both included.
struct Interval {
  std::int64_t bytes = 0;
  int first = 0;
  int last = 0;
};

struct MemoryPlan {
  std::vector<std::int64_t> offsets;  ///< one per interval, multiples of 64
  std::int64_t bytes = 0;             ///< of the arena that holds them all
};

/// Packs intervals into one arena such that blocks needed at the same time do not overlap: largest first,
/// each at the lowest offset that is free (greedy by size; Pisarchyk and Lee 2020, arXiv:2001.03288,
/// section 5.2).
MemoryPlan plan_memory(std::span<const Interval> intervals);

}  // namespace ktrain
