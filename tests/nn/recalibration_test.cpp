// Moving statistics estimated anew, against their formulas.
#include "ktrain/nn/layers/batch_normalization.h"
#include "ktrain/nn/layers/time_distributed.h"
#include "nn/layer_harness.h"

namespace ktrain {
namespace {

enum Variable : std::size_t { kGamma, kBeta, kMovingMean, kMovingVariance };

void run_batch(LayerHarness& harness, const Tensor& x, const std::vector<std::int64_t>& cut = {}) {
  harness.step = {.global_rows = x.shape()[0], .recalibration = true};
  const std::vector<Tensor> inputs = list_of(copy_of(x));
  harness.forward(inputs, cut);
  harness.end_step();
}

// Means 2 and 10, biased variances 1 and 26, of 2 and of 4 samples.
const Tensor& small_batch() {
  static const Tensor x = tensor_of({2, 1}, {1, 3});
  return x;
}
const Tensor& large_batch() {
  static const Tensor x = tensor_of({4, 1}, {4, 8, 10, 18});
  return x;
}
constexpr double kMean = (2 * 2.0 + 4 * 10.0) / 6, kVariance = (2 * 1.0 + 4 * 26.0) / 6;

void expect_recalibrated(const BatchNormalizationOptions& options) {
  LayerHarness harness(make_batch_normalization("bn", options), {{1}});
  EXPECT_TRUE(harness.layer().has_moving_statistics());
  harness.parameter(kMovingMean)[0] = 77;
  for (int time = 0; time < 2; ++time) {  // what was estimated before has no part in it
    run_batch(harness, small_batch());
    run_batch(harness, large_batch(), {1, 3});
    harness.layer().end_recalibration();
    EXPECT_NEAR(harness.parameter(kMovingMean)[0], kMean, 1e-6);
    EXPECT_NEAR(harness.parameter(kMovingVariance)[0], kVariance, 1e-5);
    EXPECT_EQ(harness.parameter(kGamma)[0], 1);
    EXPECT_EQ(harness.parameter(kBeta)[0], 0);
  }
}

// Whatever training would take its statistics of.
TEST(Recalibration, IsTheMeanOfBatchesWeightedBySamples) {
  expect_recalibrated({});
  expect_recalibrated({.momentum = 0.5});
  expect_recalibrated({.statistics = BatchStatistics::kLocal});
  expect_recalibrated({.ghost_samples = 2});
}

TEST(Recalibration, NormalizesWithTheBatchAsTrainingDoes) {
  LayerHarness harness(make_batch_normalization("bn", {}), {{1}});
  harness.step = {.global_rows = 4, .recalibration = true};
  const std::vector<Tensor> inputs = list_of(copy_of(large_batch()));
  const double inverse = 1 / std::sqrt(26.001);
  expect_near(harness.forward(inputs, {3, 1}).span<float>(), {-6 * inverse, -2 * inverse, 0, 8 * inverse},
              1e-6);
}

// moving_stddev and renorm_stddev are means of sqrt(variance + epsilon).
TEST(Recalibration, RenormalizedItHasDeviations) {
  BatchNormalizationOptions options{.epsilon = 0.5};
  options.renorm.emplace();
  LayerHarness harness(make_batch_normalization("bn", options), {{1}});
  run_batch(harness, small_batch());
  run_batch(harness, large_batch());
  harness.layer().end_recalibration();
  const double deviation = (2 * std::sqrt(1.5) + 4 * std::sqrt(26.5)) / 6;
  const std::vector<double> expected{kMean, deviation * deviation - 0.5, deviation, kMean, deviation};
  for (std::size_t i = 0; i < expected.size(); ++i) {
    EXPECT_NEAR(harness.parameter(kMovingMean + i)[0], expected[i], 1e-5) << i;
  }
}

TEST(Recalibration, AFrozenLayerIsLeftAlone) {
  LayerHarness harness(make_batch_normalization("bn", {}, false), {{1}});
  EXPECT_FALSE(harness.layer().has_moving_statistics());
  run_batch(harness, small_batch());
  harness.layer().end_recalibration();
  EXPECT_EQ(harness.parameter(kMovingMean)[0], 0);
  EXPECT_EQ(harness.parameter(kMovingVariance)[0], 1);
}

// Plain inference of what is ready for a recalibration.
TEST(Recalibration, InferenceOfASequenceTakesTheMovingStatistics) {
  LayerHarness harness(make_time_distributed("steps", make_batch_normalization("bn", {})), {{2, 1}});
  harness.step.training = false;
  for (const float shift : {0.0F, 1.0F}) {
    const std::vector<Tensor> inputs =
        list_of(tensor_of({2, 2, 1}, {1 + shift, 8 + shift, 3 + shift, 12 + shift}));
    const double scale = 1 / std::sqrt(1.001), d = shift;
    expect_near(harness.forward(inputs).span<float>(),
                {(1 + d) * scale, (8 + d) * scale, (3 + d) * scale, (12 + d) * scale}, 1e-5);
  }
}

// Each step of a sequence is a batch: means 2 and 10, variances 1 and 4.
TEST(Recalibration, EachStepOfASequenceCounts) {
  for (const BatchStatistics statistics : {BatchStatistics::kGlobal, BatchStatistics::kLocal}) {
    auto layer = make_batch_normalization("bn", {.statistics = statistics});
    LayerHarness harness(make_time_distributed("steps", std::move(layer)), {{2, 1}});
    EXPECT_TRUE(harness.layer().has_moving_statistics());
    run_batch(harness, tensor_of({2, 2, 1}, {1, 8, 3, 12}), {1, 1});
    harness.layer().end_recalibration();
    EXPECT_NEAR(harness.parameter(kMovingMean)[0], 6, 1e-6);
    EXPECT_NEAR(harness.parameter(kMovingVariance)[0], 2.5, 1e-6);
  }
}

}  // namespace
}  // namespace ktrain
