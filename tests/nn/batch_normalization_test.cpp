#include "ktrain/nn/layers/batch_normalization.h"

#include "ktrain/core/error.h"
#include "nn/layer_harness.h"

namespace ktrain {
namespace {

enum Variable : std::size_t { kGamma, kBeta, kMovingMean, kMovingVariance };

LayerHarness harness_for(const Shape& sample, const BatchNormalizationOptions& options = {},
                         bool trainable = true) {
  LayerHarness harness(make_batch_normalization("bn", options, trainable), {sample});
  return harness;
}

void set_gamma_and_beta(LayerHarness& harness) {
  for (std::size_t c = 0; c < harness.parameter(kGamma).size(); ++c) {
    harness.parameter(kGamma)[c] = 0.5F + 0.25F * static_cast<float>(c % 5);
    harness.parameter(kBeta)[c] = 0.125F * static_cast<float>(c % 3) - 0.25F;
  }
}

// Mean and biased variance of a channel of x (…, C), in float64 and two passes.
std::pair<double, double> moments(const Tensor& x, std::int64_t channel) {
  const auto values = x.span<float>();
  const auto channels = static_cast<std::size_t>(x.shape()[-1]);
  double mean = 0, variance = 0;
  const double count = static_cast<double>(values.size() / channels);
  for (std::size_t i = static_cast<std::size_t>(channel); i < values.size(); i += channels) mean += values[i];
  mean /= count;
  for (std::size_t i = static_cast<std::size_t>(channel); i < values.size(); i += channels) {
    variance += (values[i] - mean) * (values[i] - mean);
  }
  return {mean, variance / count};
}

// Keras 3.15.1: momentum 0.99, epsilon 1e-3, one training step.
TEST(BatchNormalization, AgreesWithKeras) {
  LayerHarness harness = harness_for({2});
  const std::vector<Tensor> x = [] {
    std::vector<Tensor> inputs;
    inputs.push_back(tensor_of({3, 2}, {1, 2, 3, 4, 5, 9}));
    return inputs;
  }();
  const Tensor y = harness.forward(x);
  expect_near(y.span<float>(), {-1.224515, -1.01899, 0, -0.339663, 1.224515, 1.358654}, 2e-6);
  harness.end_step();
  expect_near(harness.parameter(kMovingMean), {0.03, 0.05}, 1e-7);
  expect_near(harness.parameter(kMovingVariance), {1.016667, 1.076667}, 1e-6);
}

// The statistics are those of the steps with a one, wherever the rows are computed; all are normalized.
TEST(BatchNormalization, TakesItsStatisticsOfWhatAMaskLeaves) {
  LayerHarness masked(make_batch_normalization("bn", {.masked = true}), {{3, 2}, {3}});
  LayerHarness plain = harness_for({2});
  for (LayerHarness* harness : {&masked, &plain}) set_gamma_and_beta(*harness);
  const std::vector<Tensor> x = list_of(tensor_of({2, 3, 2}, {1, 2, 90, 80, 3, 4, 70, 60, 50, 40, 5, 9}),
                                        tensor_of({2, 3}, {1, 0, 1, 0, 0, 1}));
  const std::vector<Tensor> kept = list_of(tensor_of({3, 2}, {1, 2, 3, 4, 5, 9}));
  const Tensor y = masked.forward(x, {1, 1});
  const Tensor expected = plain.forward(kept);
  const std::size_t places[] = {0, 1, 4, 5, 10, 11};
  for (std::size_t i = 0; i < 6; ++i) {
    EXPECT_NEAR(y.span<float>()[places[i]], expected.span<float>()[i], 1e-5);
  }
  // (90 - 3) / sqrt(8 / 3 + 0.001) · 0.5 - 0.25
  EXPECT_NEAR(y.span<float>()[2], 87 / std::sqrt(8.0 / 3 + 0.001) * 0.5 - 0.25, 1e-4);

  const Tensor dy = tensor_of({2, 3, 2}, {1, -2, 0, 0, 3, 0.5F, 0, 0, 0, 0, -1, 4});
  const std::vector<Tensor> dx = masked.backward(dy);
  const std::vector<Tensor> expected_dx = plain.backward(tensor_of({3, 2}, {1, -2, 3, 0.5F, -1, 4}));
  for (std::size_t i = 0; i < 6; ++i) {
    EXPECT_NEAR(dx[0].span<float>()[places[i]], expected_dx[0].span<float>()[i], 1e-5);
  }
  EXPECT_EQ(dx[0].span<float>()[2], 0);
  masked.end_step();
  plain.end_step();
  for (const Variable variable : {kMovingMean, kMovingVariance}) {
    for (std::size_t c = 0; c < 2; ++c) {
      EXPECT_NEAR(masked.parameter(variable)[c], plain.parameter(variable)[c], 1e-6);
    }
  }
}

TEST(BatchNormalization, VariablesAreInKerasOrder) {
  const auto names = [](const BatchNormalizationOptions& options) {
    const auto layer = make_batch_normalization("bn", options);
    const Shape shape{4, 4, 3};
    layer->build(std::span(&shape, 1));
    std::vector<std::string> result;
    for (const ParameterSpec& spec : layer->parameter_specs()) result.push_back(spec.name);
    return result;
  };
  using Names = std::vector<std::string>;
  EXPECT_EQ(names({}), (Names{"gamma", "beta", "moving_mean", "moving_variance"}));
  EXPECT_EQ(names({.scale = false}), (Names{"beta", "moving_mean", "moving_variance"}));
  EXPECT_EQ(names({.center = false, .scale = false}), (Names{"moving_mean", "moving_variance"}));
}

class Channels : public testing::TestWithParam<std::int64_t> {};
INSTANTIATE_TEST_SUITE_P(BatchNormalization, Channels, testing::Values(1, 3, 10, 16, 37, 64, 65, 200));

TEST_P(Channels, NormalizesEachChannel) {
  LayerHarness harness = harness_for({7, 5, GetParam()});
  set_gamma_and_beta(harness);
  std::vector<Tensor> x;
  x.push_back(wave({9, 7, 5, GetParam()}, 2, 0.4F));
  const Tensor y = harness.forward(x);
  harness.end_step();
  for (std::int64_t c = 0; c < GetParam(); ++c) {
    const auto [mean, variance] = moments(x[0], c);
    const auto at = static_cast<std::size_t>(c);
    for (std::size_t i = at; i < y.span<float>().size(); i += static_cast<std::size_t>(GetParam())) {
      const double normalized = (x[0].span<float>()[i] - mean) / std::sqrt(variance + 1e-3);
      EXPECT_NEAR(y.span<float>()[i],
                  harness.parameter(kGamma)[at] * normalized + harness.parameter(kBeta)[at], 2e-6);
    }
    EXPECT_NEAR(harness.parameter(kMovingMean)[at], 0.01 * mean, 1e-7);
    EXPECT_NEAR(harness.parameter(kMovingVariance)[at], 0.99 + 0.01 * variance, 1e-6);
  }
}

TEST_P(Channels, RowCutsDoNotMatter) {
  LayerHarness whole = harness_for({3, 5, GetParam()});
  LayerHarness cut = harness_for({3, 5, GetParam()});
  set_gamma_and_beta(whole);
  set_gamma_and_beta(cut);
  std::vector<Tensor> x;
  x.push_back(wave({13, 3, 5, GetParam()}, 3, 0.2F));
  const Tensor dy = wave({13, 3, 5, GetParam()}, 1, 1.1F);
  const Tensor y_whole = whole.forward(x), y_cut = cut.forward(x, {6, 1, 4, 2});
  const std::vector<Tensor> dx_whole = whole.backward(dy), dx_cut = cut.backward(dy);
  for (std::size_t i = 0; i < y_whole.span<float>().size(); ++i) {
    EXPECT_NEAR(y_whole.span<float>()[i], y_cut.span<float>()[i], 1e-6);
    EXPECT_NEAR(dx_whole[0].span<float>()[i], dx_cut[0].span<float>()[i], 1e-6);
  }
  for (const Variable v : {kGamma, kBeta}) {
    for (std::size_t c = 0; c < whole.gradient(v).size(); ++c) {
      EXPECT_NEAR(whole.gradient(v)[c], cut.gradient(v)[c],
                  1e-6 * std::max(1.0F, std::abs(cut.gradient(v)[c])));
    }
  }
}

TEST(BatchNormalization, GradientsAreDifferences) {
  for (const BatchStatistics statistics : {BatchStatistics::kGlobal, BatchStatistics::kLocal}) {
    LayerHarness harness = harness_for({2, 3}, {.statistics = statistics});
    set_gamma_and_beta(harness);
    std::vector<Tensor> x;
    x.push_back(wave({4, 2, 3}, 1.5F, 0.3F));
    expect_gradients_are_differences(harness, x);
  }
}

TEST(BatchNormalization, FrozenItIsAFixedAffineMap) {
  LayerHarness harness = harness_for({3}, {}, false);
  set_gamma_and_beta(harness);
  for (std::size_t c = 0; c < 3; ++c) {
    harness.parameter(kMovingMean)[c] = 0.5F * static_cast<float>(c);
    harness.parameter(kMovingVariance)[c] = 1 + static_cast<float>(c);
  }
  for (const ParameterSpec& spec : harness.layer().parameter_specs()) EXPECT_FALSE(spec.trainable);
  EXPECT_EQ(harness.layer().forward_sum_count(harness.step), 0);
  std::vector<Tensor> x;
  x.push_back(wave({5, 3}, 2));
  const Tensor y = harness.forward(x);
  for (std::size_t i = 0; i < 15; ++i) {
    const std::size_t c = i % 3;
    const double normalized =
        (x[0].span<float>()[i] - 0.5 * static_cast<double>(c)) / std::sqrt(1 + static_cast<double>(c) + 1e-3);
    EXPECT_NEAR(y.span<float>()[i], harness.parameter(kGamma)[c] * normalized + harness.parameter(kBeta)[c],
                1e-6);
  }
  expect_gradients_are_differences(harness, x);
  harness.end_step();
  EXPECT_EQ(harness.parameter(kMovingVariance)[2], 3);
}

TEST(BatchNormalization, InferenceUsesTheMovingStatisticsAndKeepsThem) {
  LayerHarness harness = harness_for({2});
  harness.step.training = false;
  std::vector<Tensor> x;
  x.push_back(tensor_of({1, 2}, {3, -1}));
  const Tensor y = harness.forward(x);
  expect_near(y.span<float>(), {3 / std::sqrt(1.001), -1 / std::sqrt(1.001)}, 1e-6);
  harness.end_step();
  EXPECT_EQ(harness.parameter(kMovingMean)[0], 0);
}

// The mean is 10^4 times the deviation: x has 10 bits left for its spread, and no more of them may be lost.
TEST(BatchNormalization, AMeanFarAboveTheSpreadIsHarmless) {
  LayerHarness harness = harness_for({16}, {.epsilon = 1e-7});
  std::vector<Tensor> x;
  x.push_back(wave({300, 16}, 1, 0.7F));
  for (float& value : x[0].span<float>()) value = value * 0.1F + 1000.0F;
  const Tensor dy = wave({300, 16}, 1, 0.1F);
  const Tensor y = harness.forward(x, {100, 200});
  const std::vector<Tensor> dx = harness.backward(dy);
  for (std::size_t c = 0; c < 16; ++c) {
    const auto [mean, variance] = moments(x[0], static_cast<std::int64_t>(c));
    const double inverse = 1 / std::sqrt(variance + 1e-7);
    double sum = 0, product = 0;
    for (std::size_t i = c; i < 4800; i += 16) {
      sum += dy.span<float>()[i] / 300.0;
      product += dy.span<float>()[i] * (x[0].span<float>()[i] - mean) * inverse / 300.0;
    }
    for (std::size_t i = c; i < 4800; i += 16) {
      const double normalized = (x[0].span<float>()[i] - mean) * inverse;
      EXPECT_NEAR(y.span<float>()[i], normalized, 2e-6);
      EXPECT_NEAR(dx[0].span<float>()[i], inverse * (dy.span<float>()[i] - sum - normalized * product),
                  2e-6 * inverse);
    }
  }
}

TEST(BatchNormalization, AConstantChannelBecomesBeta) {
  LayerHarness harness = harness_for({2});
  harness.parameter(kBeta)[0] = 0.25F;
  std::vector<Tensor> x;
  x.push_back(tensor_of({3, 2}, {0.1F, 1, 0.1F, 2, 0.1F, 3}));
  const Tensor y = harness.forward(x);
  for (std::size_t row = 0; row < 3; ++row) EXPECT_EQ(y.span<float>()[2 * row], 0.25F);
}

TEST(BatchNormalization, OneSampleBecomesBeta) {
  LayerHarness harness = harness_for({3});
  std::vector<Tensor> x;
  x.push_back(tensor_of({1, 3}, {5, -2, 7}));
  const Tensor y = harness.forward(x);
  expect_near(y.span<float>(), {0, 0, 0}, 1e-7);
  expect_near(harness.backward(tensor_of({1, 3}, {1, 2, 3}))[0].span<float>(), {0, 0, 0}, 1e-6);
}

TEST(BatchNormalization, LocalStatisticsAreEachKernelsOwn) {
  LayerHarness harness = harness_for({1}, {.statistics = BatchStatistics::kLocal});
  EXPECT_EQ(harness.layer().forward_sum_count(harness.step), 0);
  EXPECT_EQ(harness.layer().backward_sum_count(harness.step), 0);
  std::vector<Tensor> x;
  x.push_back(tensor_of({4, 1}, {0, 2, 10, 14}));
  const Tensor y = harness.forward(x, {2, 2});
  expect_near(y.span<float>(),
              {-1 / std::sqrt(1.001), 1 / std::sqrt(1.001), -2 / std::sqrt(4.001), 2 / std::sqrt(4.001)},
              1e-6);
  // The moving statistics see all rows: mean 6.5, variance 75 - 42.25.
  harness.end_step();
  EXPECT_NEAR(harness.parameter(kMovingMean)[0], 0.065, 1e-7);
  EXPECT_NEAR(harness.parameter(kMovingVariance)[0], 0.99 + 0.01 * 32.75, 1e-6);
  // Nothing ran since.
  harness.end_step();
  EXPECT_NEAR(harness.parameter(kMovingMean)[0], 0.065, 1e-7);
}

TEST(BatchNormalization, WorksAlongAnyAxis) {
  LayerHarness last = harness_for({4, 3});
  LayerHarness first = harness_for({3, 4}, {.axis = 1});
  set_gamma_and_beta(last);
  set_gamma_and_beta(first);
  const Tensor x = wave({2, 4, 3}, 1.3F);
  const auto swapped = [](const Tensor& from, std::int64_t rows, std::int64_t columns) {
    Tensor to({from.shape()[0], columns, rows});
    for (std::int64_t n = 0; n < from.shape()[0]; ++n) {
      for (std::int64_t i = 0; i < rows * columns; ++i) {
        const std::int64_t at = n * rows * columns;
        to.span<float>()[static_cast<std::size_t>(at + i % columns * rows + i / columns)] =
            from.span<float>()[static_cast<std::size_t>(at + i)];
      }
    }
    return to;
  };
  const std::vector<Tensor> of_last = list_of(copy_of(x)), of_first = list_of(swapped(x, 4, 3));
  const Tensor y = last.forward(of_last), z = swapped(first.forward(of_first), 3, 4);
  EXPECT_TRUE(std::ranges::equal(y.span<float>(), z.span<float>()));
  const Tensor dy = wave({2, 4, 3}, 1, 0.6F);
  const auto dx = last.backward(dy), dz = first.backward(swapped(dy, 4, 3));
  EXPECT_TRUE(std::ranges::equal(dx[0].span<float>(), swapped(dz[0], 3, 4).span<float>()));
  EXPECT_TRUE(std::ranges::equal(last.gradient(kGamma), first.gradient(kGamma)));
}

TEST(BatchNormalization, RefusesWhatItCannotDo) {
  const Shape image{4, 4, 3};
  EXPECT_THROW(make_batch_normalization("bn", {.axis = 0})->build(std::span(&image, 1)), Error);
  EXPECT_NO_THROW(make_batch_normalization("bn", {.axis = 3})->build(std::span(&image, 1)));
  EXPECT_THROW(make_batch_normalization("bn", {.momentum = 1.5}), Error);
  EXPECT_THROW(make_batch_normalization("bn", {.epsilon = -1}), Error);
}

}  // namespace
}  // namespace ktrain
