#include "data/strata.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <set>
#include <thread>
#include <vector>

#include "data/sampler.h"
#include "ktrain/core/error.h"

namespace ktrain {
namespace {

using Classes = std::vector<std::uint32_t>;
using Order = std::vector<std::int64_t>;

/// counts[c] samples of class c, mixed.
Classes classes_of(const std::vector<std::int64_t>& counts) {
  Classes sorted;
  for (std::size_t c = 0; c < counts.size(); ++c) {
    sorted.insert(sorted.end(), static_cast<std::size_t>(counts[c]), static_cast<std::uint32_t>(c));
  }
  Classes mixed;
  for (const std::int64_t at : [&] {
         Order order(sorted.size());
         Sampler(std::ssize(sorted), 99, true).indices(0, 0, order);
         return order;
       }()) {
    mixed.push_back(sorted[static_cast<std::size_t>(at)]);
  }
  return mixed;
}

Sampler sampler(const Classes& classes, Stratify mode, std::uint64_t seed = 3, bool shuffle = true) {
  return {std::ssize(classes), seed, shuffle, std::make_shared<Strata>(classes, mode, seed, shuffle)};
}

Order epoch_of(const Sampler& sampler, std::int64_t epoch) {
  Order order(static_cast<std::size_t>(sampler.size()));
  sampler.indices(epoch, 0, order);
  return order;
}

bool holds_each_once(Order order) {
  std::ranges::sort(order);
  for (std::size_t i = 0; i < order.size(); ++i) {
    if (order[i] != static_cast<std::int64_t>(i)) return false;
  }
  return true;
}

std::vector<std::int64_t> counts_in(std::span<const std::int64_t> order, const Classes& classes) {
  std::vector<std::int64_t> counts(*std::ranges::max_element(classes) + 1);
  for (const std::int64_t index : order) ++counts[classes[static_cast<std::size_t>(index)]];
  return counts;
}

const std::vector<std::vector<std::int64_t>> kDatasets = {{7},
                                                          {1},
                                                          {1, 1000},
                                                          {600, 300, 100},
                                                          {500, 250, 120, 60, 30, 15, 8, 4, 2, 1},
                                                          std::vector<std::int64_t>(64, 3)};

TEST(Proportional, EachBatchHasItsShareOfEveryClassAndEachSampleComesOnce) {
  for (const auto& counts : kDatasets) {
    const Classes classes = classes_of(counts);
    const Sampler order = sampler(classes, Stratify::kProportional);
    for (const std::int64_t epoch : {0, 1, 5}) {
      const Order samples = epoch_of(order, epoch);
      EXPECT_TRUE(holds_each_once(samples));
      for (const std::size_t batch : {1, 7, 32, 256}) {
        for (std::size_t begin = 0; begin < samples.size(); begin += batch) {
          const auto rows = std::span(samples).subspan(begin, std::min(batch, samples.size() - begin));
          const auto found = counts_in(rows, classes);
          for (std::size_t c = 0; c < counts.size(); ++c) {
            const double share = static_cast<double>(counts[c]) * static_cast<double>(rows.size()) /
                                 static_cast<double>(classes.size());
            EXPECT_LT(std::abs(static_cast<double>(found[c]) - share), kInterleavingBound);
          }
        }
      }
    }
  }
}

TEST(Proportional, TwoClassesAreAsNearAsWholeSamplesAllow) {
  const Classes classes = classes_of({3, 3000});
  const Order samples = epoch_of(sampler(classes, Stratify::kProportional), 0);
  // A third of the epoch has one of the three.
  for (std::size_t begin = 0; begin < samples.size(); begin += 1001) {
    EXPECT_EQ(counts_in(std::span(samples).subspan(begin, 1001), classes)[0], 1);
  }
}

class AnyStratify : public ::testing::TestWithParam<Stratify> {};

TEST_P(AnyStratify, IsAPureFunctionOfSeedEpochAndPosition) {
  const Classes classes = classes_of({500, 30, 200, 1});
  const Sampler one = sampler(classes, GetParam());
  const Sampler other = sampler(classes, GetParam());
  for (const std::int64_t epoch : {8, 9, 11, 8}) {
    const Order samples = epoch_of(one, epoch);
    for (std::int64_t position = 0; position < one.size(); position += 13) {
      EXPECT_EQ(other.index(epoch, position), samples[static_cast<std::size_t>(position)]);
    }
  }
}

TEST_P(AnyStratify, EpochsAndSeedsGiveUnrelatedOrders) {
  const Classes classes = classes_of({2000, 1000, 500});
  const Order base = epoch_of(sampler(classes, GetParam()), 0);
  for (const auto& other :
       {epoch_of(sampler(classes, GetParam()), 1), epoch_of(sampler(classes, GetParam(), 4), 0)}) {
    int agreements = 0;
    for (std::size_t i = 0; i < base.size(); ++i) agreements += base[i] == other[i] ? 1 : 0;
    EXPECT_LE(agreements, 20);
  }
}

TEST_P(AnyStratify, ThreadsMayReadSeveralEpochs) {
  const Classes classes = classes_of({300, 200, 100});
  const Sampler order = sampler(classes, GetParam());
  std::vector<std::thread> threads;
  for (int first = 0; first < 4; ++first) {
    threads.emplace_back([&, first] {
      for (std::int64_t epoch = first; epoch < first + 6; ++epoch) {
        EXPECT_EQ(epoch_of(order, epoch), epoch_of(sampler(classes, GetParam()), epoch));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

TEST_P(AnyStratify, WithoutShuffleAClassKeepsTheDatasetsOrder) {
  const Classes classes = classes_of({40, 20, 60});
  const Sampler order = sampler(classes, GetParam(), 3, false);
  std::vector<std::int64_t> last(3, -1);
  for (const std::int64_t index : epoch_of(order, 0)) {
    const std::uint32_t c = classes[static_cast<std::size_t>(index)];
    if (last[c] == -1 || GetParam() == Stratify::kProportional) {
      EXPECT_GT(index, last[c]);
    }
    last[c] = index;
  }
  EXPECT_EQ(epoch_of(order, 1), epoch_of(sampler(classes, GetParam(), 4, false), 1));
}

INSTANTIATE_TEST_SUITE_P(Modes, AnyStratify, ::testing::Values(Stratify::kProportional, Stratify::kBalanced));

TEST(Balanced, EveryRunHasEqualNumbers) {
  for (const auto& counts : kDatasets) {
    const Classes classes = classes_of(counts);
    const Sampler order = sampler(classes, Stratify::kBalanced);
    for (const std::int64_t epoch : {0, 1, 5}) {
      const Order samples = epoch_of(order, epoch);
      for (const std::size_t batch : {1, 7, 32, 256}) {
        for (std::size_t begin = 0; begin < samples.size(); begin += batch / 2 + 1) {
          const auto rows = std::span(samples).subspan(begin, std::min(batch, samples.size() - begin));
          const auto found = counts_in(rows, classes);
          const auto [least, most] = std::ranges::minmax(found);
          EXPECT_LE(most - least, 1);
        }
      }
    }
  }
}

// A class of n samples gives all of them before one comes again, epoch after epoch; and the classes' numbers
// over all epochs differ by at most 1. 1001 samples do not divide among 4 classes.
TEST(Balanced, ClassesAreCycledThroughOverEpochs) {
  const std::vector<std::int64_t> counts = {900, 90, 10, 1};
  const Classes classes = classes_of(counts);
  const Sampler order = sampler(classes, Stratify::kBalanced);
  std::vector<std::set<std::int64_t>> cycle(counts.size());
  std::vector<std::int64_t> given(counts.size());
  for (std::int64_t epoch = 0; epoch < 9; ++epoch) {
    for (const std::int64_t index : epoch_of(order, epoch)) {
      const std::uint32_t c = classes[static_cast<std::size_t>(index)];
      EXPECT_TRUE(cycle[c].insert(index).second) << "class " << c << " epoch " << epoch;
      if (std::ssize(cycle[c]) == counts[c]) cycle[c].clear();
      ++given[c];
    }
    const auto [least, most] = std::ranges::minmax(given);
    EXPECT_LE(most - least, 1) << epoch;
  }
}

// More classes than samples of a batch: each once in any 64 positions.
TEST(Balanced, ManyClassesTakeTurns) {
  const Classes classes = classes_of(std::vector<std::int64_t>(64, 3));
  const Order samples = epoch_of(sampler(classes, Stratify::kBalanced), 2);
  for (std::size_t begin = 0; begin + 64 <= samples.size(); ++begin) {
    const auto found = counts_in(std::span(samples).subspan(begin, 64), classes);
    EXPECT_EQ(std::ranges::count(found, 1), 64);
  }
}

TEST(Strata, EachClassNeedsASample) {
  EXPECT_THROW(Strata({}, Stratify::kBalanced, 0, true), Error);
  EXPECT_THROW(Strata(Classes{0, 2}, Stratify::kBalanced, 0, true), Error);
  EXPECT_THROW(Strata(Classes{0}, Stratify::kOff, 0, true), Error);
}

}  // namespace
}  // namespace ktrain
