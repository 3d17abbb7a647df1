#include "data/interleaving.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>
#include <vector>

#include "ktrain/core/error.h"

namespace ktrain {
namespace {

using Counts = std::vector<std::int64_t>;

std::int64_t total(const Counts& counts) {
  return std::accumulate(counts.begin(), counts.end(), std::int64_t{0});
}

/// The largest difference of a class's count from its share, over all runs of positions; all must be there,
/// each class's in order.
double largest_difference(const Counts& counts, const Interleaving& order) {
  const std::int64_t samples = total(counts);
  Counts seen(counts.size());
  std::vector<double> least(counts.size()), most(counts.size());
  for (std::int64_t position = 0; position < samples; ++position) {
    const auto [of, number] = order.at(position);
    EXPECT_EQ(number, seen[static_cast<std::size_t>(of)]++);
    for (std::size_t c = 0; c < counts.size(); ++c) {
      const double share =
          static_cast<double>(counts[c]) * static_cast<double>(position + 1) / static_cast<double>(samples);
      least[c] = std::min(least[c], static_cast<double>(seen[c]) - share);
      most[c] = std::max(most[c], static_cast<double>(seen[c]) - share);
    }
  }
  EXPECT_EQ(seen, counts);
  double largest = 0;
  for (std::size_t c = 0; c < counts.size(); ++c) largest = std::max(largest, most[c] - least[c]);
  return largest;
}

double largest_difference(const Counts& counts) {
  double largest = largest_difference(counts, Interleaving(counts, nullptr));
  for (std::uint64_t epoch = 0; epoch < 5; ++epoch) {
    const RandomStream random(7, "test", 0, epoch);
    largest = std::max(largest, largest_difference(counts, Interleaving(counts, &random)));
  }
  return largest;
}

TEST(Interleaving, HoldsItsShareOfEveryClassInEveryRun) {
  Counts fibonacci{1, 1};
  while (fibonacci.size() < 20) fibonacci.push_back(fibonacci.end()[-1] + fibonacci.end()[-2]);
  Counts doubling{1};
  while (doubling.size() < 14) doubling.push_back(2 * doubling.back() + 1);
  Counts long_tail(300, 1);
  long_tail.push_back(10000);
  Counts mixed;
  for (std::int64_t c = 0; c < 100; ++c) mixed.push_back(1 + c * c % 97);
  for (const Counts& counts : {fibonacci, doubling, long_tail, mixed, Counts(10, 100), Counts(1000, 5),
                               Counts{1, 1000, 1000}, Counts{5000, 400, 300, 200, 100, 50, 20, 10, 5, 1}}) {
    EXPECT_LT(largest_difference(counts), kInterleavingBound) << counts.size();
  }
}

TEST(Interleaving, IsCloserForTwoClassesAndForEqualOnes) {
  for (const Counts& counts : {Counts{1, 1}, Counts{1, 1000}, Counts{999, 1000}, Counts{700, 300}}) {
    EXPECT_LT(largest_difference(counts), 1) << counts[0];
  }
  for (const std::size_t classes : {4, 16, 256}) {
    EXPECT_LT(largest_difference(Counts(classes, 7)), 2) << classes;
  }
}

// Classes keep to no place and no company: of the first 10 of 20 positions over 200 epochs, each of 20
// classes with one sample has 100, and two given ones both 200 · 10/20 · 9/19 = 47.
TEST(Interleaving, ClassesMeetAllOthers) {
  const Counts counts(20, 1);
  std::vector<int> in_first(20), together(20);
  for (std::uint64_t epoch = 0; epoch < 200; ++epoch) {
    const RandomStream random(1, "test", 0, epoch);
    const Interleaving order(counts, &random);
    std::vector<bool> there(20);
    for (std::int64_t position = 0; position < 10; ++position) {
      there[static_cast<std::size_t>(order.at(position).of)] = true;
    }
    for (std::size_t c = 0; c < 20; ++c) {
      in_first[c] += there[c] ? 1 : 0;
      together[c] += there[0] && there[c] ? 1 : 0;
    }
  }
  for (std::size_t c = 0; c < 20; ++c) {
    EXPECT_NEAR(in_first[c], 100, 5 * std::sqrt(50.0)) << c;
    if (c > 0) {
      EXPECT_NEAR(together[c], 47, 5 * std::sqrt(36.0)) << c;
    }
  }
}

TEST(Interleaving, TakesUpTo31Bits) {
  const Counts counts{(std::int64_t{1} << 31) - 3, 1, 1};
  const RandomStream random(1, "test");
  const Interleaving order(counts, &random);
  EXPECT_EQ(order.at(0).number, 0);
  const auto last = order.at(total(counts) - 1);
  EXPECT_EQ(last.number, counts[static_cast<std::size_t>(last.of)] - 1);
  EXPECT_THROW(Interleaving(Counts{std::int64_t{1} << 31}, &random), Error);
  EXPECT_THROW(Interleaving(Counts{3, 0}, &random), Error);
}

}  // namespace
}  // namespace ktrain
