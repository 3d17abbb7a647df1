#include "ktrain/nn/metric.h"

#include <gtest/gtest.h>

#include "nn/option_value.h"
#include "nn/tensors.h"

// Values of keras.metrics of Keras 3.15.1 (JAX): update_state(target, prediction[, sample_weight]), result().
namespace ktrain {
namespace {

MetricShapes shapes_of(const LossInput& input) {
  MetricShapes shapes{input.prediction.shape().sample(), input.target.shape().sample()};
  if (!input.sample_weight.empty()) shapes.weight = input.sample_weight.shape().sample();
  if (!input.mask.empty()) shapes.mask = input.mask.shape().sample();
  return shapes;
}

double value_of(const std::string& name, const LossInput& input) {
  const auto metric = make_metric(parse_metric(name), shapes_of(input));
  std::vector<double> sums(static_cast<std::size_t>(metric->sum_count()));
  metric->add(input, {}, sums);
  return metric->value(sums);
}

// As the losses' test has them.
class Metrics : public testing::Test {
 protected:
  void expect_values(const std::string& name, const Tensor& prediction, const Tensor& target, double plain,
                     double weighted) const {
    EXPECT_NEAR(value_of(name, {prediction.view(), target.view(), {}}), plain, 1e-6) << name;
    EXPECT_NEAR(value_of(name, {prediction.view(), target.view(), weights_.view()}), weighted, 1e-6) << name;
  }

  Tensor prediction_ =
      tensor({4, 3}, {0.2F, 0.55F, 0.35F, 0.15F, 0.5F, 0.3F, 0.1F, 0.45F, 0.25F, 0.05F, 0.4F, 0.2F});
  Tensor ties_ = tensor({4, 3}, {0.2F, 0.2F, 0.6F, 0.3F, 0.3F, 0.3F, 0.1F, 0.5F, 0.4F, 0.4F, 0.2F, 0.4F});
  Tensor classes_ = tensor<std::int64_t>({4}, {2, 0, 1, 1});
  Tensor one_hot_ = tensor<std::uint8_t>({4, 3}, {0, 0, 1, 1, 0, 0, 0, 1, 0, 0, 1, 0});
  Tensor targets_ = tensor({4, 3}, {0.2F, 0.8F, 0.4F, 0, 0.6F, 0.2F, 0.8F, 0.4F, 0, 0.6F, 0.2F, 0.8F});
  Tensor weights_ = tensor({4}, {1.0F, 0.5F, 2, 0.25F});
};

TEST_F(Metrics, Accuracies) {
  expect_values("sparse_categorical_accuracy", prediction_, classes_, 0.5, 0.6);
  expect_values("categorical_accuracy", prediction_, one_hot_, 0.5, 0.6);
  expect_values("SparseCategoricalAccuracy", ties_, classes_, 0.75, 0.933333337);
  expect_values("categorical_accuracy", ties_, one_hot_, 0.75, 0.933333337);
  const Tensor yes =
      tensor<bool>({4, 3}, {false, true, false, false, true, false, true, false, false, true, false, true});
  expect_values("binary_accuracy", prediction_, yes, 0.666666687, 0.733333349);
}

TEST_F(Metrics, TopK) {
  expect_values("sparse_top_k_categorical_accuracy:1", prediction_, classes_, 0.5, 0.6);
  expect_values("sparse_top_k_categorical_accuracy:2", prediction_, classes_, 0.75, 0.866666675);
  expect_values("top_k_categorical_accuracy:2", prediction_, one_hot_, 0.75, 0.866666675);
  expect_values("TopKCategoricalAccuracy:2", ties_, one_hot_, 0.75, 0.933333337);
  expect_values("top_k_categorical_accuracy", prediction_, one_hot_, 1, 1);
}

// Of equal predictions the first is the predicted class, while each of them is among the top.
TEST_F(Metrics, Ties) {
  const Tensor equal = tensor({1, 3}, {0.3F, 0.3F, 0.3F}), second = tensor<std::int32_t>({1}, {1});
  EXPECT_EQ(value_of("sparse_categorical_accuracy", {equal.view(), second.view(), {}}), 0);
  EXPECT_EQ(value_of("sparse_top_k_categorical_accuracy:1", {equal.view(), second.view(), {}}), 1);
  const Tensor first_and_third = tensor({1, 3}, {0.3F, 0.1F, 0.3F}), half = tensor({1, 3}, {0.5F, 0.5F, 0});
  EXPECT_EQ(value_of("categorical_accuracy", {first_and_third.view(), half.view(), {}}), 1);
}

TEST_F(Metrics, Means) {
  expect_values("mse", prediction_, targets_, 0.113749996, 0.121944435);
  expect_values("mean_absolute_error", prediction_, targets_, 0.25, 0.25);
  expect_values("RootMeanSquaredError", prediction_, targets_, 0.337268442, 0.349205434);
  expect_values("bce", prediction_, targets_, 0.814129591, 0.808981478);
  expect_values("categorical_crossentropy", prediction_, targets_, 1.61046576, 1.62493098);
  expect_values("sparse_categorical_crossentropy", prediction_, classes_, 1.01295769, 0.890706897);
}

TEST_F(Metrics, WeightsPerSampleAndPerRow) {
  const ConstTensorView prediction = prediction_.view().reshaped({2, 2, 3});
  const ConstTensorView classes = classes_.view().reshaped({2, 2});
  const ConstTensorView per_row = weights_.view().reshaped({2, 2});
  const Tensor per_sample = tensor({2}, {1.0F, 0.5F});
  const auto expect = [&](const char* name, double plain, double sample, double row) {
    EXPECT_NEAR(value_of(name, {prediction, classes, {}}), plain, 1e-6) << name;
    EXPECT_NEAR(value_of(name, {prediction, classes, per_sample.view()}), sample, 1e-6) << name;
    EXPECT_NEAR(value_of(name, {prediction, classes, per_row}), row, 1e-6) << name;
  };
  expect("accuracy", 0.5, 0.333333343, 0.6);
  expect("sparse_top_k_categorical_accuracy:2", 0.75, 0.666666687, 0.866666675);
  expect("sparse_categorical_crossentropy", 1.01295769, 1.17379832, 0.890706897);
}

// keras.src.trainers.compile_utils.get_metric("accuracy", target, prediction)
TEST_F(Metrics, AccuracyIsResolvedByShapes) {
  const Tensor column = tensor({4, 1}, {0.2F, 0.7F, 0.6F, 0.4F}),
               yes = tensor<std::int32_t>({4}, {0, 1, 1, 1});
  EXPECT_EQ(value_of("accuracy", {column.view(), yes.view(), {}}), 0.75);
  EXPECT_EQ(value_of("acc", {column.view(), yes.view().reshaped({4, 1}), {}}), 0.75);
  EXPECT_EQ(value_of("accuracy", {prediction_.view(), classes_.view(), {}}), 0.5);
  EXPECT_EQ(value_of("accuracy", {prediction_.view(), classes_.view().reshaped({4, 1}), {}}), 0.5);
  EXPECT_EQ(value_of("accuracy", {prediction_.view(), one_hot_.view(), {}}), 0.5);
}

TEST_F(Metrics, SumsOfPartsAddUp) {
  const auto metric = make_metric({"root_mean_squared_error"}, {{3}, {3}});
  double sums[2] = {};
  for (const auto& [begin, end] : {std::pair(0, 1), std::pair(1, 4)}) {
    metric->add({prediction_.view().rows(begin, end), targets_.view().rows(begin, end), {}}, {}, sums);
  }
  EXPECT_NEAR(metric->value(sums), 0.337268442, 1e-6);
}

TEST(Metric, NothingIsZero) {
  const auto metric = make_metric({"accuracy"}, {{3}, {}});
  const double sums[] = {0, 0};
  EXPECT_EQ(metric->value(sums), 0);
}

void expect_refusal(const char* name, ExitCode code, const char* word) {
  try {
    make_metric(parse_metric(name), {{10}, {4}});
    ADD_FAILURE() << name;
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), code) << error.what();
    EXPECT_NE(std::string(error.what()).find(word), std::string::npos) << error.what();
  }
}

TEST(MakeMetric, RefusesWhatItDoesNotKnow) {
  expect_refusal("auk", ExitCode::kUsage, "binary_accuracy");
  expect_refusal("accuracy:3", ExitCode::kUsage, "accuracy:3");
  expect_refusal("top_k_categorical_accuracy:0", ExitCode::kConfiguration, "k 0");
  expect_refusal("top_k_categorical_accuracy:2x", ExitCode::kUsage, ":2x");
  expect_refusal("accuracy", ExitCode::kConfiguration, "(4,)");
  expect_refusal("sparse_categorical_accuracy", ExitCode::kConfiguration, "(10,)");
}

}  // namespace
}  // namespace ktrain
