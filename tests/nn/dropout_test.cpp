#include <algorithm>

#include "ktrain/nn/layers/dropout.h"

#include "ktrain/core/error.h"
#include "ktrain/nn/layers/stochastic_depth.h"
#include "nn/layer_harness.h"

namespace ktrain {
namespace {

std::vector<Tensor> ones(const Shape& shape) {
  std::vector<Tensor> inputs;
  inputs.emplace_back(shape);
  std::ranges::fill(inputs[0].span<float>(), 1.0F);
  return inputs;
}

std::vector<float> masked_ones(LayerHarness& harness, const Shape& shape,
                               std::vector<std::int64_t> cut = {}) {
  const std::vector<Tensor> x = ones(shape);
  const Tensor y = harness.forward(x, std::move(cut));
  return {y.span<float>().begin(), y.span<float>().end()};
}

TEST(Dropout, MeanAndVarianceOfAMillionDraws) {
  for (const double rate : {0.1, 0.5, 0.8}) {
    LayerHarness harness(make_dropout("dropout", {.rate = rate}), {Shape{10000}});
    const std::vector<float> y = masked_ones(harness, {100, 10000});
    double sum = 0, squares = 0;
    for (const float value : y) {
      EXPECT_TRUE(value == 0 || std::abs(value - 1 / (1 - rate)) < 1e-6);
      sum += value;
      squares += double{value} * value;
    }
    // y is 1 / (1 - r) with probability 1 - r: mean 1, variance r / (1 - r); five standard errors.
    const double mean = sum / 1e6, variance = rate / (1 - rate);
    EXPECT_NEAR(mean, 1, 5 * std::sqrt(variance / 1e6));
    EXPECT_NEAR(squares / 1e6 - mean * mean, variance, 0.01 * variance + 0.002);
  }
}

TEST(Dropout, NeighboursAreIndependent) {
  LayerHarness harness(make_dropout("dropout", {.rate = 0.5}), {Shape{1000}});
  const std::vector<float> y = masked_ones(harness, {1000, 1000});
  for (const std::size_t lag : {1, 4, 1000}) {
    double sum = 0;
    for (std::size_t i = 0; i + lag < y.size(); ++i) sum += (y[i] - 1) * (y[i + lag] - 1);
    EXPECT_NEAR(sum / 1e6, 0, 5e-3) << lag;
  }
}

TEST(Dropout, RowCutsDoNotMatter) {
  LayerHarness harness(make_dropout("dropout", {.rate = 0.4}), {Shape{5, 7}});
  harness.step.first_position = 12;
  const std::vector<float> whole = masked_ones(harness, {10, 5, 7});
  EXPECT_EQ(masked_ones(harness, {10, 5, 7}, {4, 6}), whole);
  // The sample at position 15 is row 3 of that batch and row 0 of one that begins there.
  harness.step.first_position = 15;
  const std::vector<float> alone = masked_ones(harness, {1, 5, 7});
  EXPECT_TRUE(std::equal(alone.begin(), alone.end(), whole.begin() + 3 * 35));
}

TEST(Dropout, SeedNameAndEpochChooseTheMask) {
  LayerHarness harness(make_dropout("dropout", {.rate = 0.5}), {Shape{64}});
  const std::vector<float> first = masked_ones(harness, {4, 64});
  EXPECT_EQ(masked_ones(harness, {4, 64}), first);
  harness.step.epoch = 1;
  EXPECT_NE(masked_ones(harness, {4, 64}), first);
  harness.step.epoch = 0;
  harness.step.seed = 1;
  EXPECT_NE(masked_ones(harness, {4, 64}), first);
  LayerHarness other(make_dropout("dropout_1", {.rate = 0.5}), {Shape{64}});
  EXPECT_NE(masked_ones(other, {4, 64}), first);
}

TEST(Dropout, ASeedOfItsOwnReplacesTheRuns) {
  LayerHarness harness(make_dropout("dropout", {.rate = 0.5, .seed = 7}), {Shape{64}});
  const std::vector<float> first = masked_ones(harness, {4, 64});
  harness.step.seed = 1;
  EXPECT_EQ(masked_ones(harness, {4, 64}), first);
}

TEST(Dropout, BackwardUsesTheSameMask) {
  LayerHarness harness(make_dropout("dropout", {.rate = 0.25}), {Shape{50}});
  std::vector<Tensor> x;
  x.push_back(wave({6, 50}, 1));
  // Also where x is 0, as after a ReLU.
  for (std::size_t i = 0; i < 300; i += 2) x[0].span<float>()[i] = 0;
  expect_gradients_are_differences(harness, x, 1e-4);
}

TEST(Dropout, NoiseIsBroadcast) {
  const DropoutOptions options = {.rate = 0.5, .noise_shape = {std::nullopt, 1, 1, std::nullopt}};
  LayerHarness harness(make_dropout("dropout", options), {Shape{3, 4, 64}});
  const std::vector<float> y = masked_ones(harness, {5, 3, 4, 64});
  int kept = 0;
  for (std::size_t row = 0; row < 5; ++row) {
    for (std::size_t i = 0; i < 768; ++i) EXPECT_EQ(y[row * 768 + i], y[row * 768 + i % 64]);
    for (std::size_t channel = 0; channel < 64; ++channel) kept += y[row * 768 + channel] != 0 ? 1 : 0;
  }
  EXPECT_NEAR(kept, 160, 5 * std::sqrt(320 * 0.25));
}

TEST(Dropout, PassesThroughWithoutTrainingOrRate) {
  EXPECT_TRUE(make_dropout("dropout", {.rate = 0.5})->passes_through(false));
  EXPECT_TRUE(make_dropout("dropout", {.rate = 0})->passes_through(true));
  EXPECT_FALSE(make_dropout("dropout", {.rate = 0.5})->passes_through(true));
}

TEST(Dropout, RateOneDropsAll) {
  LayerHarness harness(make_dropout("dropout", {.rate = 1}), {Shape{64}});
  for (const float value : masked_ones(harness, {4, 64})) EXPECT_EQ(value, 0);
}

TEST(Dropout, RefusesWhatItCannotDo) {
  const Shape sample{4, 3};
  EXPECT_THROW(make_dropout("dropout", {.rate = 1.5}), Error);
  EXPECT_THROW(make_dropout("dropout", {.rate = -0.1}), Error);
  EXPECT_THROW(make_dropout("dropout", {.rate = 0.5, .noise_shape = {8, std::nullopt, 1}}), Error);
  EXPECT_THROW(make_dropout("dropout", {.rate = 0.5, .noise_shape = {std::nullopt, 2, 1}})
                   ->build(std::span(&sample, 1)),
               Error);
  EXPECT_THROW(
      make_dropout("dropout", {.rate = 0.5, .noise_shape = {std::nullopt, 1}})->build(std::span(&sample, 1)),
      Error);
}

TEST(StochasticDepth, DropsWholeSamplesAtItsRate) {
  LayerHarness harness(make_stochastic_depth("depth", {.drop_path_rate = 0.2}), {Shape{2, 3}});
  const std::vector<float> y = masked_ones(harness, {100000, 2, 3});
  double sum = 0;
  for (std::size_t row = 0; row < y.size(); row += 6) {
    EXPECT_TRUE(std::all_of(&y[row], &y[row] + 6, [&](float value) { return value == y[row]; }));
    EXPECT_TRUE(y[row] == 0 || std::abs(y[row] - 1 / 0.8) < 1e-6);
    sum += y[row];
  }
  EXPECT_NEAR(sum / 1e5, 1, 5 * std::sqrt(0.25 / 1e5));
  EXPECT_EQ(masked_ones(harness, {100000, 2, 3}, {3, 99997}), y);
}

TEST(StochasticDepth, HasItsDerivative) {
  LayerHarness harness(make_stochastic_depth("depth", {.drop_path_rate = 0.5}), {Shape{3}});
  std::vector<Tensor> x = ones({8, 3});
  expect_gradients_are_differences(harness, x);
  EXPECT_TRUE(harness.layer().passes_through(false));
  EXPECT_FALSE(harness.layer().passes_through(true));
}

}  // namespace
}  // namespace ktrain
