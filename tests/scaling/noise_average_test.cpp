#include "scaling/noise_average.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <vector>

namespace ktrain {
namespace {

NoiseAverage average_of(const std::vector<NoiseEstimate>& estimates, double momentum) {
  NoiseAverage average;
  for (const NoiseEstimate& estimate : estimates) average.add(estimate, momentum);
  return average;
}

TEST(NoiseAverage, IsPlainWithMomentumOne) {
  const NoiseAverage average = average_of({{1, 10}, {2, 40}, {6, 10}}, 1);
  EXPECT_EQ(average.count, 3);
  EXPECT_NEAR(average.mean.square, 3, 1e-14);
  EXPECT_NEAR(average.mean.trace, 20, 1e-13);
  EXPECT_NEAR(average.square_spread, (4 + 1 + 9) / 3.0, 1e-13);
  EXPECT_NEAR(average.trace_spread, (100 + 400 + 100) / 3.0, 1e-12);
  EXPECT_NEAR(average.common_spread, (20 - 20 - 30) / 3.0, 1e-13);
  EXPECT_NEAR(average.squared_weights, 1 / 3.0, 1e-15);
}

// Weights 1/2·m, 1/2·m and 1 - m from the third on: until 1 / (1 - m) = 2 they are equal.
TEST(NoiseAverage, BecomesExponential) {
  const NoiseAverage average = average_of({{2, 0}, {4, 0}, {8, 0}, {16, 0}}, 0.5);
  EXPECT_NEAR(average.mean.square, 2 / 8.0 + 4 / 8.0 + 8 / 4.0 + 16 / 2.0, 1e-13);
  EXPECT_NEAR(average.squared_weights, 2 / 64.0 + 1 / 16.0 + 1 / 4.0, 1e-15);
  const double mean = average.mean.square;
  const auto off = [&](double value) { return (value - mean) * (value - mean); };
  EXPECT_NEAR(average.square_spread, off(2) / 8 + off(4) / 8 + off(8) / 4 + off(16) / 2, 1e-12);
}

// |G|² without scatter: the interval is that of a mean, t(2) = 4.3027 standard errors of sqrt(300 / 3) = 10.
TEST(NoiseAverage, AnIntervalOfASureDenominator) {
  const NoiseInterval interval = noise_scale_interval(average_of({{2, 100}, {2, 130}, {2, 70}}, 1)).value();
  const double half = 4.3027 * std::sqrt(900.0 / 3) / 2;
  EXPECT_NEAR(interval.low, 50 - half, 0.01 * half);
  EXPECT_NEAR(interval.high, 50 + half, 0.01 * half);
}

TEST(NoiseAverage, AnIntervalNeedsThree) {
  EXPECT_FALSE(noise_scale_interval(average_of({{1, 10}, {2, 40}}, 1)));
  EXPECT_FALSE(noise_scale_interval(NoiseAverage()));
}

// Both ends are where Fieller's quadratic is zero.
TEST(NoiseAverage, HasNoUpperEndWhereTheSquareMayBeZero) {
  const NoiseAverage average = average_of({{3, 100}, {-2, 110}, {1, 105}}, 1);
  const NoiseInterval interval = noise_scale_interval(average).value();
  EXPECT_TRUE(std::isinf(interval.high));
  EXPECT_GT(interval.low, 0);
  const double phi = interval.low, factor = 4.3027 * 4.3027 / 2;
  const double distance = average.mean.trace - phi * average.mean.square;
  const double variance =
      average.trace_spread - 2 * phi * average.common_spread + phi * phi * average.square_spread;
  EXPECT_NEAR(distance * distance / (factor * variance), 1, 0.03);
  const NoiseInterval any = noise_scale_interval(average_of({{3, 10}, {-2, -11}, {1, 3}}, 1)).value();
  EXPECT_EQ(any.low, 0);
  EXPECT_TRUE(std::isinf(any.high));
  EXPECT_FALSE(noise_scale_interval(average_of({{-3, 100}, {-3.1, 110}, {-3.05, 105}}, 1)));
}

/// Steps of 8 pieces of 4 samples; gradients of 30 elements 0.2 with normal noise of variance 1.5 each:
/// |G|² = 1.2, tr(Sigma) = 45, phi = 37.5.
class Steps {
 public:
  explicit Steps(unsigned seed) : engine_(seed) {}

  NoiseEstimate next() {
    std::vector<GradientPiece> pieces(8, {4, 0});
    double square = 0;
    for (int element = 0; element < 30; ++element) {
      double sum = 0;
      for (GradientPiece& piece : pieces) {
        const double mean = 0.2 + std::sqrt(1.5 / 4) * normal_(engine_);
        piece.squared_norm += mean * mean;
        sum += mean / 8;
      }
      square += sum * sum;
    }
    return estimate_noise(pieces, square).value();
  }

 private:
  std::mt19937_64 engine_;
  std::normal_distribution<double> normal_;
};

/// Of intervals from `count` measurements, how many hold the truth.
double coverage(int count, double momentum) {
  constexpr int kRuns = 2000;
  int hits = 0;
  for (int run = 0; run < kRuns; ++run) {
    Steps steps(static_cast<unsigned>(run) + 1);
    NoiseAverage average;
    for (int i = 0; i < count; ++i) average.add(steps.next(), momentum);
    const auto interval = noise_scale_interval(average);
    if (interval && interval->low <= 37.5 && 37.5 <= interval->high) ++hits;
  }
  return static_cast<double>(hits) / kRuns;
}

// Up to what 2000 runs scatter (0.5 %) and to the skewness of squared norms.
TEST(NoiseAverage, NineteenOfTwentyIntervalsHoldTheTruth) {
  EXPECT_NEAR(coverage(5, 1), 0.95, 0.03);
  EXPECT_NEAR(coverage(30, 1), 0.95, 0.02);
  EXPECT_NEAR(coverage(60, 0.9), 0.95, 0.03);
}

}  // namespace
}  // namespace ktrain
