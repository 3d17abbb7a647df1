#include "parallel/batch_plan.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "ktrain/core/error.h"

namespace ktrain {
namespace {

std::vector<std::int64_t> share_sizes(int workers, std::int64_t count, std::int64_t shard_size = 0) {
  std::vector<std::int64_t> sizes;
  for (int rank = 0; rank < workers; ++rank) {
    sizes.push_back(BatchPlan({rank, workers}, 1000, count, shard_size).own_share().size());
  }
  return sizes;
}

using Sizes = std::vector<std::int64_t>;

TEST(BatchPlan, FirstWorkersGetOneMore) {
  EXPECT_EQ(share_sizes(7, 256), (Sizes{37, 37, 37, 37, 36, 36, 36}));
  EXPECT_EQ(share_sizes(8, 5), (Sizes{1, 1, 1, 1, 1, 0, 0, 0}));
  EXPECT_EQ(share_sizes(1, 256), (Sizes{256}));
}

TEST(BatchPlan, SharesWholeShards) {
  EXPECT_EQ(share_sizes(3, 256, 32), (Sizes{96, 96, 64}));
  EXPECT_EQ(share_sizes(3, 250, 32), (Sizes{96, 96, 58}));
  EXPECT_EQ(share_sizes(8, 5, 4), (Sizes{4, 1, 0, 0, 0, 0, 0, 0}));
}

/// Each position belongs to exactly one worker and one shard, in order; shares differ by at most one unit.
void expect_partition(int workers, std::int64_t count, std::int64_t shard_size) {
  SCOPED_TRACE(testing::Message() << count << " samples, " << workers << " workers, shards of "
                                  << shard_size);
  std::int64_t position = 77, shard = 0, fewest = count, most = 0;
  for (int rank = 0; rank < workers; ++rank) {
    const BatchPlan plan({rank, workers}, 77, count, shard_size);
    const Range share = plan.own_share(), shards = plan.own_shards();
    EXPECT_EQ(share.begin, position);
    EXPECT_LE(share.size(), plan.share(0).size());
    EXPECT_EQ(shards.begin, shard);
    for (; shard < shards.end; ++shard) {
      EXPECT_EQ(plan.shard(shard).begin, position);
      position = plan.shard(shard).end;
    }
    EXPECT_EQ(share.end, position);
    fewest = std::min(fewest, shard_size == 0 ? share.size() : shards.size());
    most = std::max(most, shard_size == 0 ? share.size() : shards.size());
  }
  EXPECT_EQ(position, 77 + count);
  EXPECT_LE(most - fewest, 1);
}

TEST(BatchPlan, CoversEachPositionOnce) {
  for (int workers = 1; workers <= 9; ++workers) {
    for (std::int64_t count = 0; count <= 40; ++count) {
      for (std::int64_t shard_size = 0; shard_size <= 12; ++shard_size) {
        expect_partition(workers, count, shard_size);
      }
    }
  }
}

// What is computed together must not depend on the workers.
TEST(BatchPlan, ShardsDoNotDependOnTheWorkers) {
  const BatchPlan alone({0, 1}, 512, 250, 32), shared({4, 5}, 512, 250, 32);
  ASSERT_EQ(alone.shard_count(), shared.shard_count());
  for (std::int64_t i = 0; i < alone.shard_count(); ++i) {
    EXPECT_EQ(alone.shard(i).begin, shared.shard(i).begin);
    EXPECT_EQ(alone.shard(i).end, shared.shard(i).end);
  }
}

TEST(BatchPlan, RefusesWhatIsNoPlan) {
  EXPECT_THROW(BatchPlan({3, 3}, 0, 10), Error);
  EXPECT_THROW(BatchPlan({0, 1}, 0, -1), Error);
  EXPECT_THROW(BatchPlan({0, 1}, 0, 10, 4).shard(3), Error);
}

}  // namespace
}  // namespace ktrain
