#include "keras/loss_config.h"

#include <gtest/gtest.h>

#include "support/expect_error.h"

// The forms are those that Keras 3.15.1 writes into compile_config.
namespace ktrain {
namespace {

using Names = std::vector<std::string>;
const Names kOne{"y"}, kTwo{"a", "b"};

Json json(const char* text) {
  return parse_json(text, "test");
}

TEST(LossConfig, ReadsANameAnObjectAndAFunction) {
  EXPECT_EQ(losses_of(json(R"("mse")"), Json(), kOne).at(0).name, "mse");
  const auto focal =
      losses_of(json(R"({"module": "keras.losses", "class_name": "CategoricalFocalCrossentropy",
    "config": {"name": "focal", "reduction": "sum", "from_logits": true, "label_smoothing": 0.1, "axis": -1,
    "alpha": [0.25, 0.5], "gamma": 2.0}, "registered_name": null})"),
                Json(), kOne)
          .at(0);
  EXPECT_EQ(focal.name, "CategoricalFocalCrossentropy");
  EXPECT_TRUE(focal.options.from_logits);
  EXPECT_EQ(focal.options.alpha, (std::vector{0.25, 0.5}));
  EXPECT_EQ(focal.options.reduction, LossReduction::kSum);
  const auto function = losses_of(json(R"({"module": "builtins", "class_name": "function",
    "config": "mean_squared_error", "registered_name": "mean_squared_error"})"),
                                  Json(), kOne);
  EXPECT_EQ(function.at(0).name, "mean_squared_error");
}

TEST(LossConfig, GivesEachOutputItsOwn) {
  const auto listed = losses_of(json(R"(["mse", null])"), json("[0.5, 1]"), kTwo);
  EXPECT_EQ(listed.at(0).output, "a");
  EXPECT_EQ(listed.at(0).weight, 0.5);
  EXPECT_EQ(listed.at(1).name, "none");
  const auto named = losses_of(json(R"({"b": "mae", "a": "mse"})"), json(R"({"a": 2, "b": 3})"), kTwo);
  EXPECT_EQ(named.at(1).name, "mae");
  EXPECT_EQ(named.at(1).weight, 3);
  EXPECT_EQ(losses_of(json(R"("mse")"), Json(), kTwo).size(), 2);
}

TEST(LossConfig, RefusesWhatItDoesNotKnow) {
  const auto expect = [](const char* loss, const char* word) {
    testing::expect_error(
        ExitCode::kConfiguration, [&] { losses_of(json(loss), Json(), kTwo); }, word);
  };
  expect(R"({"class_name": "Huber", "config": {"slope": 2}})", "slope");
  expect(R"({"class_name": "Huber", "config": {"delta": "far"}})", "delta");
  expect(R"({"class_name": "Huber", "config": {"reduction": "none"}})", "reduction");
  expect(R"({"class_name": "Huber", "config": {"dtype": "float16"}})", "float16");
  expect(R"(["mse"])", "2 outputs");
  expect(R"({"a": "mse"})", "'b'");
  expect("7", "7");
}

TEST(MetricConfig, ReadsTheFormsOfCompile) {
  const auto flat = metrics_of(json(R"(["accuracy", {"module": "keras.metrics", "class_name": "AUC", "config":
    {"name": "auc_1", "dtype": "float32", "num_thresholds": 50, "curve": "PR", "summation_method": "interpolation",
     "multi_label": false, "num_labels": null, "label_weights": null, "from_logits": false}}])"),
                               json(R"(["mse"])"), kOne);
  ASSERT_EQ(flat.size(), 3);
  EXPECT_TRUE(flat[0].resolve_accuracy);
  EXPECT_EQ(flat[1].label, "auc_1");
  EXPECT_EQ(flat[1].options.num_thresholds, 50);
  EXPECT_FALSE(flat[1].weighted);
  EXPECT_TRUE(flat[2].weighted);
  const auto nested = metrics_of(json(R"([["mse", "mae"], null])"), Json(), kTwo);
  ASSERT_EQ(nested.size(), 2);
  EXPECT_EQ(nested[1].output, "a");
  const auto named = metrics_of(json(R"({"b": ["mse"]})"), Json(), kTwo);
  EXPECT_EQ(named.at(0).output, "b");
  EXPECT_TRUE(metrics_of(Json(), Json(), kTwo).empty());
}

TEST(MetricConfig, AClassAccuracyIsNotResolvedByShapes) {
  const auto metrics =
      metrics_of(json(R"([{"class_name": "Accuracy", "config": {"name": "accuracy"}}])"), Json(), kOne);
  EXPECT_FALSE(metrics.at(0).resolve_accuracy);
}

}  // namespace
}  // namespace ktrain
