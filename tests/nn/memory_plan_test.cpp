#include "nn/memory_plan.h"

#include <gtest/gtest.h>

#include <random>

namespace ktrain {
namespace {

TEST(MemoryPlan, DisjointLivesShareMemory) {
  const std::vector<Interval> intervals{{640, 0, 1}, {640, 2, 3}, {64, 1, 2}};
  EXPECT_EQ(plan_memory(intervals).bytes, 704);
}

TEST(MemoryPlan, BlocksAliveTogetherNeverOverlap) {
  std::mt19937 random(7);
  for (int round = 0; round < 200; ++round) {
    std::vector<Interval> intervals(1 + random() % 40);
    std::int64_t sum = 0;
    for (Interval& life : intervals) {
      const int first = static_cast<int>(random() % 20);
      life = {static_cast<std::int64_t>(random() % 1000), first, first + static_cast<int>(random() % 8)};
      sum += (life.bytes + 63) / 64 * 64;
    }
    const MemoryPlan plan = plan_memory(intervals);
    EXPECT_LE(plan.bytes, sum);
    for (std::size_t a = 0; a < intervals.size(); ++a) {
      EXPECT_EQ(plan.offsets[a] % 64, 0);
      EXPECT_LE(plan.offsets[a] + intervals[a].bytes, plan.bytes);
      for (std::size_t b = 0; b < a; ++b) {
        const bool together =
            intervals[a].first <= intervals[b].last && intervals[b].first <= intervals[a].last;
        if (!together) continue;
        EXPECT_TRUE(plan.offsets[a] + intervals[a].bytes <= plan.offsets[b] ||
                    plan.offsets[b] + intervals[b].bytes <= plan.offsets[a]);
      }
    }
  }
}

}  // namespace
}  // namespace ktrain
