#include "ktrain/core/philox.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace ktrain {
namespace {

using Words = std::array<std::uint32_t, 4>;

// The known-answer vectors that Random123 publishes for philox4x32-10 (kat_vectors).
TEST(Philox, PublishedVectors) {
  EXPECT_EQ(philox4x32({0, 0, 0, 0}, {0, 0}), (Words{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  const std::uint32_t ones = 0xffffffff;
  EXPECT_EQ(philox4x32({ones, ones, ones, ones}, {ones, ones}),
            (Words{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  EXPECT_EQ(philox4x32({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}),
            (Words{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

TEST(RandomStream, EveryKeyPartMatters) {
  const auto first = RandomStream(1, "dropout", 0, 0).bits(5, 7);
  EXPECT_EQ(first, RandomStream(1, "dropout", 0, 0).bits(5, 7));
  EXPECT_NE(first, RandomStream(2, "dropout", 0, 0).bits(5, 7));
  EXPECT_NE(first, RandomStream(1, "dropout_1", 0, 0).bits(5, 7));
  EXPECT_NE(first, RandomStream(1, "dropout", 1, 0).bits(5, 7));
  EXPECT_NE(first, RandomStream(1, "dropout", 0, 1).bits(5, 7));
  EXPECT_NE(first, RandomStream(1, "dropout", 0, 0).bits(6, 7));
  EXPECT_NE(first, RandomStream(1, "dropout", 0, 0).bits(5, 8));
}

TEST(RandomStream, ManyAtOnceAreTheSameNumbers) {
  const RandomStream stream(9, "test", 1, 2);
  // The block number's carry into its upper half included.
  for (const std::uint64_t first : {std::uint64_t{0}, std::uint64_t{0xfffffff8}, std::uint64_t{1} << 40}) {
    std::vector<std::uint32_t> words(4 * 37 + 3);
    stream.fill_bits(std::uint64_t{5} << 33, first, words);
    for (std::size_t i = 0; i < words.size(); ++i) {
      EXPECT_EQ(words[i], stream.bits(std::uint64_t{5} << 33, first + i / 4)[i % 4]) << first << " " << i;
    }
  }
}

struct Moments {
  double mean = 0, variance = 0, low = 1e30, high = -1e30;
};

template <typename Draw>
Moments moments_of(const Draw& draw) {
  double sum = 0, squares = 0;
  Moments result;
  const int blocks = 250000;
  for (int block = 0; block < blocks; ++block) {
    for (const float x : draw(block)) {
      sum += x;
      squares += double{x} * x;
      result.low = std::min<double>(result.low, x);
      result.high = std::max<double>(result.high, x);
    }
  }
  result.mean = sum / (4.0 * blocks);
  result.variance = squares / (4.0 * blocks) - result.mean * result.mean;
  return result;
}

TEST(RandomStream, UniformHasTheRightMoments) {
  const RandomStream stream(3, "test");
  const Moments m = moments_of([&](int block) { return stream.uniform(0, block); });
  EXPECT_NEAR(m.mean, 0.5, 5 * std::sqrt(1.0 / 12 / 1e6));
  EXPECT_NEAR(m.variance, 1.0 / 12, 1e-3);
  EXPECT_GE(m.low, 0);
  EXPECT_LT(m.high, 1);
}

TEST(RandomStream, NormalHasTheRightMoments) {
  const RandomStream stream(3, "test");
  const Moments m = moments_of([&](int block) { return stream.normal(0, block); });
  EXPECT_NEAR(m.mean, 0, 5e-3);
  EXPECT_NEAR(m.variance, 1, 1e-2);
  EXPECT_GT(m.high, 4);
}

}  // namespace
}  // namespace ktrain
