#include "ktrain/nn/reduced_loss.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "core/parallel.h"
#include "nn/tensors.h"
#include "support/expect_error.h"

namespace ktrain {
namespace {

ReducedLoss reduced(const char* name, const LossInput& input, const LossOptions& options = {}) {
  ReducedLoss::Shapes shapes{input.prediction.shape().sample(), input.target.shape().sample()};
  if (!input.sample_weight.empty()) shapes.weight = input.sample_weight.shape().sample();
  if (!input.mask.empty()) shapes.mask = input.mask.shape().sample();
  return ReducedLoss(name, options, shapes);
}

double value_of(const char* name, const LossInput& input, const LossOptions& options = {}) {
  ReducedLoss loss = reduced(name, input, options);
  std::vector<double> sums(loss.group_sum_count());
  loss.add_group_sums(input, sums);
  return loss.part(input, input.prediction.shape()[0], sums);
}

/// Values of a sample.
std::int64_t elements(const char* name, const Shape& prediction, const Shape& target) {
  return BoundLoss(make_loss(name), prediction, target).value_shape().elements();
}

const std::vector<float> kTwelve = {-1.2F, 1.8F,  -0.6F, 2.4F,  0,    -2.4F,
                                    0.6F,  -1.8F, 1.2F,  -1.2F, 1.8F, -0.6F};
const std::vector<float> kTargets = {0.2F, 0.8F, 0.4F, 0, 0.6F, 0.2F, 0.8F, 0.4F, 0, 0.6F, 0.2F, 0.8F};

// The values of Keras 3.15.1 for the same shapes: keras.losses.MeanSquaredError()(target, prediction,
// weights).
TEST(Loss, AlignsRanksAsKeras) {
  const Tensor column = tensor({4, 1}, {-1.2F, 2.4F, 0.6F, -1.2F});
  const Tensor flat = tensor({4}, {0.2F, 0, 0.8F, 0.6F});
  const Tensor weights = tensor({4}, {1.0F, 0.5F, 2, 0});
  EXPECT_NEAR(value_of("mse", {column.view(), flat.view(), weights.view()}), 1.23, 1e-6);
  const Tensor yes = tensor<bool>({4}, {false, false, true, true});
  EXPECT_NEAR(value_of("bce", {column.view(), yes.view(), weights.view()}, {.from_logits = true}),
              0.595419109, 1e-6);
  // The trailing 1 goes, then the last axis is averaged.
  const Tensor long_prediction = tensor({2, 6, 1}, kTwelve), long_target = tensor({2, 6}, kTargets);
  const Tensor two = tensor({2}, {1.0F, 0.5F});
  const LossInput squeezed = {long_prediction.view(), long_target.view(), two.view()};
  EXPECT_EQ(elements("mse", {6, 1}, {6}), 1);
  EXPECT_NEAR(value_of("mse", squeezed), 1.99, 1e-6);
}

TEST(Loss, TakesAWeightPerElementOrPerSample) {
  const Tensor prediction = tensor({2, 2, 3}, kTwelve), target = tensor({2, 2, 3}, kTargets);
  const Tensor weights = tensor({2, 2}, {1.0F, 0.5F, 2, 0});
  EXPECT_NEAR(value_of("mse", {prediction.view(), target.view(), weights.view()}), 1.9200002, 1e-6);
  const Tensor both = tensor({2}, {1.0F, 0.5F}), spread = tensor({2, 2}, {1.0F, 1, 0.5F, 0.5F});
  EXPECT_EQ(value_of("mse", {prediction.view(), target.view(), both.view()}),
            value_of("mse", {prediction.view(), target.view(), spread.view()}));
}

// keras.losses.SparseCategoricalCrossentropy()([[2, 0], [1, 1]], (2, 2, 3), [[1, .5], [2, 0]])
TEST(Loss, SparseTargetsOfAnyTypeAndRank) {
  const Tensor prediction =
      tensor({2, 2, 3}, {0.2F, 0.55F, 0.35F, 0.15F, 0.5F, 0.3F, 0.1F, 0.45F, 0.25F, 0.05F, 0.4F, 0.2F});
  const Tensor weights = tensor({2, 2}, {1.0F, 0.5F, 2, 0});
  const auto expect_value = [&](const Tensor& target) {
    EXPECT_NEAR(
        value_of("sparse_categorical_crossentropy", {prediction.view(), target.view(), weights.view()}),
        0.80469346, 1e-6);
  };
  expect_value(tensor<std::int64_t>({2, 2}, {2, 0, 1, 1}));
  expect_value(tensor<std::int32_t>({2, 2, 1}, {2, 0, 1, 1}));
  expect_value(tensor<std::uint8_t>({2, 2}, {2, 0, 1, 1}));
  expect_value(tensor<float>({2, 2}, {2, 0, 1, 1}));
  expect_value(tensor<double>({2, 2}, {2, 0, 1, 1}));
}

TEST(Loss, ElementwiseTargetsOfAnyType) {
  const Tensor prediction = tensor({4, 1}, {0.2F, 0.4F, 0.6F, 0.9F});
  const double expected = -(std::log(0.8) + std::log(0.4) + std::log(0.6) + std::log(0.9)) / 4;
  const auto expect_value = [&](const Tensor& target) {
    EXPECT_NEAR(value_of("binary_crossentropy", {prediction.view(), target.view(), {}}), expected, 1e-6);
  };
  expect_value(tensor<float>({4}, {0, 1, 1, 1}));
  expect_value(tensor<double>({4, 1}, {0, 1, 1, 1}));
  expect_value(tensor<std::int32_t>({4}, {0, 1, 1, 1}));
  expect_value(tensor<std::int64_t>({4}, {0, 1, 1, 1}));
  expect_value(tensor<std::uint8_t>({4}, {0, 1, 1, 1}));
  expect_value(tensor<bool>({4}, {false, true, true, true}));
  Tensor half({4}, DType::kBFloat16);
  const std::uint16_t bits[] = {0, 0x3f80, 0x3f80, 0x3f80};
  std::copy(bits, bits + 4, static_cast<std::uint16_t*>(half.view().address()));
  expect_value(half);
}

TEST(Loss, NamesTheRowOfABadClass) {
  const Tensor prediction = tensor({2, 2, 3}, std::vector<float>(12, 0.3F));
  const auto expect_bad = [&](const Tensor& target, const char* reason) {
    try {
      value_of("sparse_categorical_crossentropy", {prediction.view(), target.view(), {}});
      ADD_FAILURE() << reason;
    } catch (const BadTarget& error) {
      EXPECT_EQ(error.code(), ExitCode::kData);
      EXPECT_EQ(error.row(), 1);
      EXPECT_EQ(error.reason(), reason);
    }
  };
  expect_bad(tensor<std::int64_t>({2, 2}, {0, 2, 1, 3}), "class 3 is outside [0, 3)");
  expect_bad(tensor<std::int32_t>({2, 2}, {0, 2, -1, 2}), "class -1 is outside [0, 3)");
  expect_bad(tensor<float>({2, 2}, {0, 2, 1, std::nanf("")}), "class nan is outside [0, 3)");
}

TEST(Loss, PartsAddUpToTheWhole) {
  std::vector<float> predictions, targets;
  for (int i = 0; i < 3000; ++i) {
    predictions.push_back(0.5F + 0.4F * std::sin(static_cast<float>(i)));
    targets.push_back(static_cast<float>(i % 7 == 0));
  }
  const Tensor p = tensor({300, 10}, predictions), t = tensor({300, 10}, targets);
  const std::vector<std::pair<std::int64_t, std::int64_t>> parts = {{0, 1}, {1, 150}, {150, 300}};
  for (const char* name :
       {"categorical_crossentropy", "binary_crossentropy", "mse", "huber", "hinge", "dice"}) {
    ReducedLoss loss = reduced(name, {p.view(), t.view(), {}});
    const auto input = [&](auto part) {
      return LossInput{p.view().rows(part.first, part.second), t.view().rows(part.first, part.second), {}};
    };
    std::vector<double> sums(loss.group_sum_count());
    for (const auto& part : parts) loss.add_group_sums(input(part), sums);
    double sum = 0;
    for (const auto& part : parts) sum += loss.part(input(part), 300, sums);
    EXPECT_NEAR(sum, value_of(name, {p.view(), t.view(), {}}), 1e-7 * sum) << name;
  }
}

TEST(Loss, HasTheSameBitsForAnyThreads) {
  std::vector<float> predictions, weights;
  for (int i = 0; i < 200000; ++i) predictions.push_back(0.5F + 0.4F * std::sin(static_cast<float>(i)));
  for (int i = 0; i < 20000; ++i) weights.push_back(1.0F + static_cast<float>(i % 3));
  const Tensor p = tensor({20000, 10}, predictions), w = tensor({20000}, weights);
  const Tensor y({20000}, DType::kUint8);
  const int threads = thread_count();
  for (const char* name : {"sparse_categorical_crossentropy", "categorical_crossentropy", "mse"}) {
    const LossInput input = {p.view(), name[0] == 's' ? y.view() : p.view(), w.view()};
    ReducedLoss loss = reduced(name, input);
    set_thread_count(1);
    const double alone = loss.part(input, 20000, {});
    Tensor gradient({20000, 10}), again({20000, 10});
    loss.gradient(input, 20000, {}, 1, gradient.view());
    set_thread_count(3);
    EXPECT_EQ(loss.part(input, 20000, {}), alone) << name;
    loss.gradient(input, 20000, {}, 1, again.view());
    EXPECT_TRUE(std::ranges::equal(gradient.span<float>(), again.span<float>())) << name;
  }
  set_thread_count(threads);
}

TEST(Loss, LetsNaNThrough) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const Tensor p = tensor({1, 2}, {nan, 0.5F}), t = tensor({1, 2}, {1.0F, 0}),
               y = tensor<std::int64_t>({1}, {1});
  for (const char* name : {"categorical_crossentropy", "binary_crossentropy", "mse", "mae", "huber"}) {
    EXPECT_TRUE(std::isnan(value_of(name, {p.view(), t.view(), {}}))) << name;
  }
  for (const bool from_logits : {false, true}) {
    EXPECT_TRUE(std::isnan(
        value_of("sparse_categorical_crossentropy", {p.view(), y.view(), {}}, {.from_logits = from_logits})));
  }
}

void expect_refusal(const char* name, const LossOptions& options, ExitCode code, const char* word) {
  try {
    make_loss(name, options);
    ADD_FAILURE() << name;
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), code) << error.what();
    EXPECT_NE(std::string(error.what()).find(word), std::string::npos) << error.what();
  }
}

TEST(MakeLoss, KnowsKerasNamesAndRefusesOthers) {
  EXPECT_EQ(make_loss("MSE")->name(), "mean_squared_error");
  EXPECT_EQ(make_loss("SparseCategoricalCrossentropy")->name(), "sparse_categorical_crossentropy");
  EXPECT_EQ(make_loss("Huber")->name(), "huber");
  expect_refusal("hinge_loss", {}, ExitCode::kUsage, "mean_absolute_error");
  expect_refusal("mse", {.from_logits = true}, ExitCode::kConfiguration, "from_logits");
  expect_refusal("sparse_categorical_crossentropy", {.label_smoothing = 0.1}, ExitCode::kConfiguration,
                 "label_smoothing");
  expect_refusal("bce", {.label_smoothing = 1.5}, ExitCode::kConfiguration, "1.5");
  expect_refusal("huber", {.delta = -1}, ExitCode::kConfiguration, "delta");
}

TEST(MakeLoss, ShapesThatDoNotFitAreNamed) {
  const auto expect_misfit = [](const char* name, const Shape& prediction, const Shape& target) {
    try {
      elements(name, prediction, target);
      ADD_FAILURE() << name << prediction << target;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ExitCode::kConfiguration);
      EXPECT_NE(std::string(error.what()).find(to_string(prediction)), std::string::npos) << error.what();
      EXPECT_NE(std::string(error.what()).find(to_string(target)), std::string::npos) << error.what();
    }
  };
  expect_misfit("mse", {10}, {1});
  expect_misfit("categorical_crossentropy", {10}, {});
  expect_misfit("sparse_categorical_crossentropy", {10}, {10});
  expect_misfit("sparse_categorical_crossentropy", {5, 10}, {4});
}

TEST(Loss, CountsTheElementsOfASample) {
  EXPECT_EQ(elements("mse", {1}, {}), 1);
  EXPECT_EQ(elements("mse", {}, {1}), 1);
  EXPECT_EQ(elements("mse", {4, 5, 3}, {4, 5, 3}), 20);
  EXPECT_EQ(elements("mse", {4, 5, 1}, {4, 5}), 4);
  EXPECT_EQ(elements("sparse_categorical_crossentropy", {10}, {1}), 1);
  EXPECT_EQ(elements("sparse_categorical_crossentropy", {7, 10}, {7}), 7);
}

// Values of Keras 3.15.1: the mean over what the mask lets through, weights in the numerator alone.
TEST(Loss, MaskCountsInTheDenominator) {
  const Tensor p = tensor({2, 2, 1}, {1.0F, 2, 3, 4}), t({2, 2, 1});
  const Tensor mask = tensor({2, 2}, {1.0F, 0, 1, 1}), weights = tensor({2, 2}, {2.0F, 5, 1, 0.5F});
  EXPECT_NEAR(value_of("mse", {p.view(), t.view(), {}, mask.view()}), (1.0 + 9 + 16) / 3, 1e-6);
  EXPECT_NEAR(value_of("mse", {p.view(), t.view(), weights.view(), mask.view()}), (2.0 + 9 + 8) / 3, 1e-6);
  LossOptions options;
  options.reduction = LossReduction::kMeanWithSampleWeight;
  EXPECT_NEAR(value_of("mse", {p.view(), t.view(), weights.view(), mask.view()}, options), 19 / 3.5, 1e-6);
  options.reduction = LossReduction::kSum;
  EXPECT_NEAR(value_of("mse", {p.view(), t.view(), weights.view(), mask.view()}, options), 19, 1e-5);
}

TEST(Loss, NothingUnmaskedIsZero) {
  const Tensor p = tensor({1, 2, 1}, {1.0F, 2}), t({1, 2, 1}), mask({1, 2});
  EXPECT_EQ(value_of("mse", {p.view(), t.view(), {}, mask.view()}), 0);
}

TEST(Loss, OfAWholeBatchTakesNoMask) {
  const Tensor p({1, 2, 1}), mask({1, 2});
  testing::expect_error(
      ExitCode::kConfiguration,
      [&] {
        value_of("dice", {p.view(), p.view(), {}, mask.view()});
      },
      "dice");
}

}  // namespace
}  // namespace ktrain
