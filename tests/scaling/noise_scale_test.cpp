#include "scaling/noise_scale.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <random>
#include <vector>

#include "scaling/adascale.h"

namespace ktrain {
namespace {

TEST(NoiseScale, FromASmallAndALargeBatch) {
  const NoiseEstimate estimate = estimate_noise({8, 5}, {32, 2});
  EXPECT_NEAR(estimate.square, 1, 1e-14);
  EXPECT_NEAR(estimate.trace, 32, 1e-12);
  EXPECT_NEAR(noise_scale(estimate).value(), 32, 1e-12);
}

TEST(NoiseScale, EvenPiecesGiveTheSame) {
  const std::vector<GradientPiece> pieces(4, {8, 5});
  const NoiseEstimate estimate = estimate_noise(pieces, 2).value();
  EXPECT_NEAR(estimate.square, 1, 1e-14);
  EXPECT_NEAR(estimate.trace, 32, 1e-12);
}

TEST(NoiseScale, NeedsTwoPiecesThatAreNotEmpty) {
  const std::array<GradientPiece, 3> pieces = {{{0, 0}, {8, 5}, {0, 0}}};
  EXPECT_FALSE(estimate_noise(pieces, 5));
  const std::array<GradientPiece, 4> more = {{{0, 0}, {8, 5}, {0, 0}, {8, 5}}};
  const NoiseEstimate estimate = estimate_noise(more, 3).value();
  EXPECT_NEAR(estimate.square, 1, 1e-14);
  EXPECT_NEAR(estimate.trace, 32, 1e-12);
}

TEST(NoiseScale, IsNeverNegative) {
  EXPECT_FALSE(noise_scale({-1, 5}));
  EXPECT_FALSE(noise_scale({0, 5}));
  EXPECT_EQ(noise_scale({1, -5}), 0);
}

constexpr int kDimension = 4;
using Gradient = std::array<double, kDimension>;

double squared_norm(const Gradient& gradient) {
  double sum = 0;
  for (const double value : gradient) sum += value * value;
  return sum;
}

/// Steps of pieces of these sizes; the gradient of a sample is G = (0.25, …) plus normal noise of variance
/// 1.9 in each direction: |G|² = 0.25, tr(Sigma) = 7.6.
class Steps {
 public:
  explicit Steps(std::vector<int> sizes) : sizes_(std::move(sizes)) {}

  NoiseEstimate next() {
    pieces_.clear();
    Gradient sum = {};
    double samples = 0;
    for (const int size : sizes_) {
      const Gradient mean = piece(size);
      for (int i = 0; i < kDimension; ++i) sum[i] += size * mean[i];
      samples += size;
      pieces_.push_back({static_cast<double>(size), squared_norm(mean)});
    }
    for (double& value : sum) value /= samples;
    return estimate_noise(pieces_, squared_norm(sum)).value();
  }

 private:
  Gradient piece(int size) {
    Gradient mean = {};
    for (double& value : mean) value = 0.25 + std::sqrt(1.9 / size) * normal_(engine_);
    return mean;
  }

  std::vector<int> sizes_;
  std::vector<GradientPiece> pieces_;
  std::mt19937_64 engine_{7};
  std::normal_distribution<double> normal_;
};

struct Average {
  double mean, error;
};

Average average(const std::vector<double>& values) {
  double sum = 0, squares = 0;
  for (const double value : values) sum += value, squares += value * value;
  const auto count = static_cast<double>(values.size());
  return {sum / count, std::sqrt((squares / count - sum * sum / count / count) / count)};
}

TEST(NoiseScale, IsUnbiasedForUnevenPieces) {
  for (const std::vector<int>& sizes : {std::vector{16, 16}, {29, 2, 1}, {37, 36, 1, 7}}) {
    Steps steps(sizes);
    std::vector<double> squares, traces;
    for (int step = 0; step < 40000; ++step) {
      const NoiseEstimate estimate = steps.next();
      squares.push_back(estimate.square);
      traces.push_back(estimate.trace);
    }
    const Average square = average(squares), trace = average(traces);
    EXPECT_NEAR(square.mean, 0.25, 4 * square.error);
    EXPECT_NEAR(trace.mean, 7.6, 4 * trace.error);
    EXPECT_LT(square.error, 0.01);
    EXPECT_LT(trace.error, 0.1);
  }
}

TEST(NoiseScale, RunningMeansComeToTheTruth) {
  Steps steps({16, 16, 8});
  NoiseEstimate mean;
  for (int step = 0; step < 40000; ++step) mean = averaged_noise(mean, steps.next(), 0.9998);
  EXPECT_NEAR(noise_scale(mean).value(), 7.6 / 0.25, 3);
}

// After one step from 0 the ratio is that step's: no correction of the beginning is needed.
TEST(NoiseScale, TheBeginningOfARunningMeanIsNotBiased) {
  EXPECT_NEAR(noise_scale(averaged_noise({}, {2, 60}, 0.999)).value(), 30, 1e-9);
}

TEST(NoiseScale, Efficiency) {
  EXPECT_NEAR(statistical_efficiency(32, 256, 1000), 0.821656, 5e-7);
  for (const double phi : {1.0, 100.0, 1e5}) {
    EXPECT_NEAR(statistical_efficiency(32, 256, phi) * 8, adascale_gain(32, 8, phi), 1e-12);
  }
}

}  // namespace
}  // namespace ktrain
