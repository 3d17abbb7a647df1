#include "data/sampler.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>
#include <vector>

#include "ktrain/core/error.h"

namespace ktrain {
namespace {

std::vector<std::int64_t> epoch_of(const Sampler& sampler, std::int64_t epoch) {
  std::vector<std::int64_t> order(static_cast<std::size_t>(sampler.size()));
  sampler.indices(epoch, 0, order);
  return order;
}

bool is_permutation_of_all(const std::vector<std::int64_t>& order) {
  std::vector<bool> seen(order.size());
  for (const std::int64_t index : order) {
    if (index < 0 || index >= static_cast<std::int64_t>(order.size())) return false;
    if (seen[static_cast<std::size_t>(index)]) return false;
    seen[static_cast<std::size_t>(index)] = true;
  }
  return true;
}

TEST(Sampler, VisitsEachSampleOnceForEverySmallSize) {
  for (std::int64_t size = 1; size <= 300; ++size) {
    for (const std::uint64_t seed : {0, 1, 99}) {
      EXPECT_TRUE(is_permutation_of_all(epoch_of(Sampler(size, seed, true), 3))) << size << " seed " << seed;
    }
  }
}

TEST(Sampler, VisitsEachSampleOnceForLargeSizes) {
  for (const std::int64_t size : {60000, 65535, 65536, 65537, 1 << 20, 1281167}) {
    EXPECT_TRUE(is_permutation_of_all(epoch_of(Sampler(size, 7, true), 0))) << size;
  }
}

TEST(Sampler, StaysInRangeBeyondThirtyTwoBits) {
  const std::int64_t size = (std::int64_t{1} << 40) + 12345;
  const Sampler sampler(size, 5, true);
  std::set<std::int64_t> seen;
  for (std::int64_t i = 0; i < 1000; ++i) seen.insert(sampler.index(2, size / 1000 * i));
  EXPECT_EQ(seen.size(), 1000U);
  EXPECT_GE(*seen.begin(), 0);
  EXPECT_LT(*seen.rbegin(), size);
  EXPECT_GT(*seen.rbegin(), size / 2);
}

TEST(Sampler, KeepsTheOrderWithoutShuffle) {
  const auto order = epoch_of(Sampler(100, 5, false), 4);
  for (std::int64_t i = 0; i < 100; ++i) EXPECT_EQ(order[static_cast<std::size_t>(i)], i);
}

TEST(Sampler, IsAPureFunctionOfSeedEpochAndPosition) {
  const Sampler sampler(1000, 5, true);
  const auto order = epoch_of(sampler, 8);
  for (const std::int64_t position : {0, 1, 500, 999}) {
    EXPECT_EQ(Sampler(1000, 5, true).index(8, position), order[static_cast<std::size_t>(position)]);
  }
  std::vector<std::int64_t> part(37);
  sampler.indices(8, 411, part);
  EXPECT_TRUE(std::equal(part.begin(), part.end(), order.begin() + 411));
}

// Two independent permutations of n agree at one position on average (Poisson).
TEST(Sampler, EpochsAndSeedsGiveUnrelatedOrders) {
  const auto base = epoch_of(Sampler(10000, 5, true), 0);
  for (const auto& other : {epoch_of(Sampler(10000, 5, true), 1), epoch_of(Sampler(10000, 6, true), 0),
                            epoch_of(Sampler(10000, 5, false), 0)}) {
    int agreements = 0;
    for (std::size_t i = 0; i < base.size(); ++i) agreements += base[i] == other[i] ? 1 : 0;
    EXPECT_LE(agreements, 10);
  }
}

// Where a sample lands over many epochs is uniform: chi-square over size² cells, of which (size-1)² are free.
TEST(Sampler, EverySampleLandsEverywhere) {
  for (const std::int64_t size : {2, 3, 5, 16, 17, 40}) {
    const Sampler sampler(size, 11, true);
    const std::int64_t epochs = 400 * size;
    std::vector<double> counts(static_cast<std::size_t>(size * size));
    for (std::int64_t epoch = 0; epoch < epochs; ++epoch) {
      const auto order = epoch_of(sampler, epoch);
      for (std::size_t i = 0; i < order.size(); ++i)
        ++counts[i * order.size() + static_cast<std::size_t>(order[i])];
    }
    double chi_square = 0;
    for (const double count : counts) chi_square += (count - 400) * (count - 400) / 400;
    const double freedom = static_cast<double>((size - 1) * (size - 1));
    EXPECT_LT(chi_square, freedom + 5 * std::sqrt(2 * freedom)) << size;
    EXPECT_GT(chi_square, freedom - 5 * std::sqrt(2 * freedom)) << size;
  }
}

// All six orders of three samples are as likely: a bijection alone could be a rotation.
TEST(Sampler, EveryOrderOfThreeIsAsLikely) {
  std::vector<double> counts(27);
  const Sampler sampler(3, 1, true);
  for (std::int64_t epoch = 0; epoch < 6000; ++epoch) {
    const auto order = epoch_of(sampler, epoch);
    ++counts[static_cast<std::size_t>(order[0] * 9 + order[1] * 3 + order[2])];
  }
  double chi_square = 0;
  for (const double count : counts) chi_square += count == 0 ? 0 : (count - 1000) * (count - 1000) / 1000;
  EXPECT_EQ(std::count(counts.begin(), counts.end(), 0.0), 21);
  EXPECT_LT(chi_square, 25.7);  // 5 degrees of freedom, p = 1e-4
}

// Correlation of neighbours has variance 1/n in a random order.
TEST(Sampler, NeighboursAreUncorrelated) {
  const std::int64_t size = 60000;
  const double mean = static_cast<double>(size - 1) / 2;
  const double variance = (static_cast<double>(size) * static_cast<double>(size) - 1) / 12;
  for (std::int64_t epoch = 0; epoch < 4; ++epoch) {
    const auto order = epoch_of(Sampler(size, 3, true), epoch);
    for (const std::size_t lag : {1, 2, 256}) {
      double sum = 0;
      for (std::size_t i = lag; i < order.size(); ++i) {
        sum += (static_cast<double>(order[i]) - mean) * (static_cast<double>(order[i - lag]) - mean);
      }
      EXPECT_LT(std::abs(sum / static_cast<double>(size) / variance),
                5 / std::sqrt(static_cast<double>(size)));
    }
  }
}

// Each batch is a fair draw: the share of a batch that comes from the first half of the file.
TEST(Sampler, BatchesMixTheWholeFile) {
  const auto order = epoch_of(Sampler(60000, 0, true), 0);
  double chi_square = 0;
  const std::size_t batches = 60000 / 250;
  for (std::size_t batch = 0; batch < batches; ++batch) {
    const auto begin = order.begin() + static_cast<std::ptrdiff_t>(batch * 250);
    const auto low = std::count_if(begin, begin + 250, [](std::int64_t index) { return index < 30000; });
    chi_square += (static_cast<double>(low) - 125) * (static_cast<double>(low) - 125) / (250 * 0.25);
  }
  const auto freedom = static_cast<double>(batches);
  EXPECT_LT(std::abs(chi_square - freedom), 5 * std::sqrt(2 * freedom));
}

TEST(Sampler, RefusesPositionsOutside) {
  const Sampler sampler(10, 0, true);
  EXPECT_THROW(sampler.index(0, 10), Error);
  EXPECT_THROW(sampler.index(0, -1), Error);
  EXPECT_THROW(Sampler(0, 0, true), Error);
}

}  // namespace
}  // namespace ktrain
