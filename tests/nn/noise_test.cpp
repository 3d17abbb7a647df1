#include "ktrain/nn/layers/noise.h"

#include <gtest/gtest.h>

#include <cmath>

#include "nn/layer_harness.h"
#include "support/expect_error.h"

namespace ktrain {
namespace {

struct Moments {
  double mean = 0;
  double variance = 0;
};

Moments moments_of(std::span<const float> values) {
  Moments moments;
  const auto count = static_cast<double>(values.size());
  for (const float value : values) moments.mean += value / count;
  for (const float value : values)
    moments.variance += (value - moments.mean) * (value - moments.mean) / count;
  return moments;
}

/// A million draws on inputs of `value`.
Tensor draws(std::unique_ptr<Layer> layer, float value) {
  LayerHarness harness(std::move(layer), {Shape{1000}});
  Tensor x({1000, 1000});
  std::ranges::fill(x.span<float>(), value);
  return harness.forward(list_of(std::move(x)));
}

// The bounds are five standard errors of the estimates or more.
TEST(GaussianNoise, AddsNormalNumbers) {
  const Tensor y = draws(make_gaussian_noise("noise", {.amount = 0.5}), 2);
  const Moments moments = moments_of(y.span<float>());
  EXPECT_NEAR(moments.mean, 2, 0.0025);
  EXPECT_NEAR(moments.variance, 0.25, 0.002);
}

TEST(GaussianDropout, MultipliesByNormalNumbers) {
  const Tensor y = draws(make_gaussian_dropout("noise", {.amount = 0.2}), 2);
  const Moments moments = moments_of(y.span<float>());
  EXPECT_NEAR(moments.mean, 2, 0.005);
  EXPECT_NEAR(moments.variance, 4 * 0.25, 0.008);
}

TEST(AlphaDropout, KeepsMeanAndVarianceOfNormalNumbers) {
  LayerHarness harness(make_alpha_dropout("noise", {.amount = 0.3}), {Shape{1000}});
  LayerHarness normal(make_gaussian_noise("source", {.amount = 1}), {Shape{1000}});
  const std::vector<Tensor> x = list_of(normal.forward(list_of(Tensor({1000, 1000}))));
  const Moments moments = moments_of(harness.forward(x).span<float>());
  EXPECT_NEAR(moments.mean, 0, 0.006);
  EXPECT_NEAR(moments.variance, 1, 0.01);
}

TEST(AlphaDropout, DropsAtItsRate) {
  const Tensor y = draws(make_alpha_dropout("noise", {.amount = 0.3}), 0);
  const double p = -1.6732632423543772 * 1.0507009873554805;
  const double a = 1 / std::sqrt(0.7 * (1 + 0.3 * p * p)), b = -a * p * 0.3;
  std::int64_t dropped = 0;
  for (const float value : y.span<float>()) {
    const bool kept = std::abs(value - b) < 1e-6;
    EXPECT_NEAR(value, kept ? b : a * p + b, 1e-6);
    dropped += kept ? 0 : 1;
  }
  EXPECT_NEAR(static_cast<double>(dropped), 3e5, 2300);
}

TEST(Noise, HasItsDerivativeAndIsTheSameInPieces) {
  using Make = std::unique_ptr<Layer> (*)(const std::string&, const NoiseOptions&, bool);
  for (const Make make : {make_gaussian_noise, make_gaussian_dropout, make_alpha_dropout}) {
    LayerHarness harness(make("noise", {.amount = 0.4}, true), {Shape{7}});
    std::vector<Tensor> x = list_of(wave({4, 7}));
    const Tensor whole = harness.forward(x), parts = harness.forward(x, {1, 3});
    EXPECT_TRUE(std::ranges::equal(whole.span<float>(), parts.span<float>()));
    expect_gradients_are_differences(harness, x);
    EXPECT_TRUE(harness.layer().passes_through(false));
    EXPECT_FALSE(harness.layer().passes_through(true));
  }
  testing::expect_error(
      ExitCode::kConfiguration, [] { make_alpha_dropout("drop", {.amount = 1}); }, "drop", "rate 1");
}

}  // namespace
}  // namespace ktrain
