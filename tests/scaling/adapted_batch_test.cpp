#include "scaling/adapted_batch.h"

#include <gtest/gtest.h>

#include "scaling/noise_scale.h"

namespace ktrain {
namespace {

TEST(AdaptedBatch, IsWhereTheEfficiencyIs) {
  EXPECT_NEAR(statistical_efficiency(32, 256, 1000), 0.821656, 5e-7);
  EXPECT_NEAR(batch_of_efficiency(32, 1000, 1032.0 / 1256), 256, 1e-10);
  EXPECT_NEAR(batch_of_efficiency(32, 0, 0.8), 40, 1e-12);
  for (const double phi : {0.0, 1.0, 37.5, 1000.0, 1e6}) {
    for (const double efficiency : {0.5, 0.8, 0.99}) {
      EXPECT_NEAR(statistical_efficiency(32, batch_of_efficiency(32, phi, efficiency), phi), efficiency,
                  1e-9);
    }
  }
}

TEST(AdaptedBatch, GainsStepsByGrowingAndSamplesByShrinking) {
  // (1 + 1000 / 32) / (1 + 1000 / 256) = 32.25 / 4.90625; (1000 + 256) / (1000 + 32).
  EXPECT_NEAR(gain_of_change(32, 256, 1000), 6.573248, 5e-7);
  EXPECT_NEAR(gain_of_change(256, 32, 1000), 1256.0 / 1032, 1e-12);
  EXPECT_EQ(gain_of_change(32, 64, 0), 1);
  EXPECT_EQ(gain_of_change(64, 64, 1000), 1);
}

AdaptiveBatch options(double efficiency) {
  return {.efficiency = efficiency, .base = 32, .least = 32, .most = 512, .multiple = 8};
}

TEST(AdaptedBatch, IsTheLargestMultipleThatIsEfficientEnough) {
  // (1000 + 32) / 0.82 - 1000 = 258.5…
  EXPECT_EQ(adapted_batch(options(0.82), 200, 1000), 256);
  EXPECT_EQ(adapted_batch(options(0.82), 512, 1000), 256);
  // 1032 / 1256 = .821656: a little more leaves 256 out.
  EXPECT_EQ(adapted_batch(options(0.8217), 200, 1000), 248);
}

TEST(AdaptedBatch, AtMostDoublesAndStaysWithinItsLimits) {
  EXPECT_EQ(adapted_batch(options(0.5), 32, 1e9), 64);
  EXPECT_EQ(adapted_batch(options(0.5), 300, 1e9), 512);
  EXPECT_EQ(adapted_batch(options(0.5), 512, 1e9), 512);
  EXPECT_EQ(adapted_batch(options(0.5), 512, 1e300), 512);
  AdaptiveBatch narrow = options(0.99);
  narrow.least = 64;
  EXPECT_EQ(adapted_batch(narrow, 128, 0), 64);  // 32 / 0.99 would do
  EXPECT_EQ(adapted_batch(narrow, 40, 0), 64);
  narrow.most = 128;
  EXPECT_EQ(adapted_batch(narrow, 512, 1e9), 128);
  EXPECT_EQ(adapted_batch(narrow, 129, 1e9), 128);  // gains nothing, but 129 is out of the limits
}

TEST(AdaptedBatch, BeginsWithWhatNeedNotBeAMultiple) {
  const AdaptiveBatch uneven = {.efficiency = 0.5, .base = 30, .least = 30, .most = 100, .multiple = 8};
  EXPECT_EQ(adapted_batch(uneven, 30, 0), 30);
  EXPECT_EQ(adapted_batch(uneven, 30, 1e6), 56);
  EXPECT_EQ(adapted_batch(uneven, 56, 1e6), 96);
  EXPECT_EQ(adapted_batch(uneven, 96, 1e6), 96);
  EXPECT_EQ(adapted_batch({.efficiency = 0.99, .base = 29, .least = 30, .most = 100, .multiple = 8}, 96, 1),
            30);
}

TEST(AdaptedBatch, StaysForLessThanFivePercent) {
  // (1000 + 32) / 0.82 - 1000 = 258: 256 of 248 is (1 + 1000 / 248) / (1 + 1000 / 256) = 1.0257, of
  // 240 1.0530.
  EXPECT_EQ(adapted_batch(options(0.82), 248, 1000), 248);
  EXPECT_EQ(adapted_batch(options(0.82), 240, 1000), 256);
  // Down to 256: (1000 + 312) / 1256 = 1.0446, (1000 + 320) / 1256 = 1.0510.
  EXPECT_EQ(adapted_batch(options(0.82), 312, 1000), 312);
  EXPECT_EQ(adapted_batch(options(0.82), 320, 1000), 256);
  // Growing where there is no noise gains no steps.
  EXPECT_EQ(adapted_batch(options(0.1), 32, 0), 32);
}

TEST(AdaptedBatch, DoesNotFollowAnEstimateToAndFro) {
  std::int64_t batch = 32;
  int changes = 0;
  for (int i = 0; i < 100; ++i) {
    const std::int64_t next = adapted_batch(options(0.8), batch, i % 2 == 0 ? 1100 : 900);
    if (next != batch) ++changes;
    batch = next;
  }
  // 64, 128, 256, then once to (1100 + 32) / 0.8 - 1100 = 315 or so.
  EXPECT_LE(changes, 4);
  EXPECT_EQ(batch, 312);
}

}  // namespace
}  // namespace ktrain
