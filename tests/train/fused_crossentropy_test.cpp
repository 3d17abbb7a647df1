// Cross-entropies from logits instead of clipped probabilities, on models whose logits are weights times one.
#include <gtest/gtest.h>

#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "ktrain/comm/communicator.h"
#include "ktrain/keras/architecture.h"
#include "ktrain/optim/optimizer.h"
#include "ktrain/train/evaluate.h"
#include "ktrain/train/trainer.h"
#include "support/expect_error.h"

namespace ktrain {
namespace {

/// One sample: an input of 1 and a target.
class OneSample final : public Dataset {
 public:
  explicit OneSample(std::vector<float> target, bool is_class)
      : target_(std::move(target)),
        fields_{{"", FieldSpec::Role::kInput, DType::kFloat32, {1}},
                {"", FieldSpec::Role::kTarget, is_class ? DType::kInt64 : DType::kFloat32,
                 is_class ? Shape() : Shape{static_cast<std::int64_t>(target_.size())}}} {}
  std::string name() const override { return "one"; }
  std::int64_t size() const override { return 1; }
  std::span<const FieldSpec> fields() const override { return fields_; }
  void read(std::span<const std::int64_t>, std::span<const TensorView> rows) const override {
    rows[0].data<float>()[0] = 1;
    if (fields_[1].dtype == DType::kInt64) {
      rows[1].data<std::int64_t>()[0] = static_cast<std::int64_t>(target_[0]);
    } else {
      std::copy(target_.begin(), target_.end(), rows[1].data<float>());
    }
  }

 private:
  std::vector<float> target_;
  std::vector<FieldSpec> fields_;
};

/// Keras's layers that end a model in this activation.
enum class End { kDense, kPenalizedDense, kActivation, kSoftmax };

bool is_dense(End end) {
  return end == End::kDense || end == End::kPenalizedDense;
}

constexpr const char* kPenalty = R"(, "activity_regularizer": {"class_name": "L2", "config": {"l2": 0.5}})";

std::string model_of(std::size_t units, const std::string& activation, End end) {
  std::string text = R"({"class_name": "Sequential", "config": {"name": "m", "layers": [
    {"class_name": "InputLayer", "config": {"name": "x", "batch_shape": [null, 1]}},
    {"class_name": "Dense", "config": {"name": "y", "use_bias": false, "units": )" +
                     std::to_string(units) + R"(, "activation": ")" +
                     (is_dense(end) ? activation : "linear") + R"(")" +
                     (end == End::kPenalizedDense ? kPenalty : "") + "}}";
  if (end == End::kActivation) {
    text +=
        R"(, {"class_name": "Activation", "config": {"name": "a", "activation": ")" + activation + R"("}})";
  }
  if (end == End::kSoftmax) text += R"(, {"class_name": "Softmax", "config": {"name": "a", "axis": -1}})";
  return text + "]}}";
}

struct Step {
  double loss = 0;
  std::vector<double> gradient;
  double evaluated = 0, accuracy = 0;
};

/// Loss and gradient by the weights, which are the logits.
Step step_of(const std::vector<float>& logits, const std::vector<float>& target, const LossSpec& loss,
             const std::string& activation, bool fused, End end = End::kDense) {
  ArchitectureOptions options;
  const ActivationKind kind = activation == "softmax" ? ActivationKind::kSoftmax : ActivationKind::kSigmoid;
  if (fused) options.logits = {{is_dense(end) ? "y" : "a", kind}};
  Architecture architecture = architecture_from_json(model_of(logits.size(), activation, end), options);
  const auto values = architecture.model.parameters().values();
  std::copy(logits.begin(), logits.end(), values.begin());
  architecture.model.weights_changed();
  const auto self = make_self_communicator();
  const auto optimizer = make_optimizer("sgd", {.learning_rate = 1.0});
  const auto data = std::make_shared<OneSample>(target, loss.name[0] == 's');
  const ObjectiveOptions objective = {{loss}, {{"accuracy"}}};
  Step step;
  const Evaluation evaluation = evaluate(*self, architecture.model, data, objective, 1);
  step.evaluated = evaluation.loss;
  step.accuracy = evaluation.metrics[0].value;
  Trainer trainer(*self, architecture.model, *optimizer, data, {.global_batch = 1, .objective = objective});
  step.loss = trainer.step().loss;
  const auto gradients = architecture.model.parameters().gradients();
  step.gradient.assign(gradients.begin(), gradients.end());
  return step;
}

// -log softmax(z)_t = log(sum e^z) - z_t: 200 for z = (200, 0) and t = 1, where Keras's clipped probability
// of 1e-7 gives 16.1 and no gradient at all.
TEST(FusedCrossentropy, KeepsItsGradientWhereAProbabilityIsClipped) {
  for (const End end : {End::kDense, End::kActivation, End::kSoftmax}) {
    const Step fused = step_of({200, 0}, {1}, {"sparse_categorical_crossentropy"}, "softmax", true, end);
    EXPECT_NEAR(fused.loss, 200, 1e-4);
    EXPECT_NEAR(fused.evaluated, 200, 1e-4);
    EXPECT_EQ(fused.accuracy, 0);
    EXPECT_NEAR(fused.gradient[0], 1, 1e-6);
    EXPECT_NEAR(fused.gradient[1], -1, 1e-6);
    const Step clipped = step_of({200, 0}, {1}, {"sparse_categorical_crossentropy"}, "softmax", false, end);
    EXPECT_NEAR(clipped.loss, -std::log(1e-7), 1e-4);
    EXPECT_EQ(clipped.gradient[0], 0);
    EXPECT_EQ(clipped.gradient[1], 0);
  }
}

TEST(FusedCrossentropy, OfOneHotTargetsAndOfASigmoid) {
  const Step categorical = step_of({200, 0}, {0, 1}, {"categorical_crossentropy"}, "softmax", true);
  EXPECT_NEAR(categorical.loss, 200, 1e-4);
  EXPECT_NEAR(categorical.gradient[1], -1, 1e-6);
  // log(1 + e^z) - t z for one logit z; with two, the mean.
  const Step binary = step_of({100}, {0}, {"binary_crossentropy"}, "sigmoid", true);
  EXPECT_NEAR(binary.loss, 100, 1e-4);
  EXPECT_NEAR(binary.gradient[0], 1, 1e-6);
  const Step two = step_of({100, -60}, {0, 1}, {"binary_crossentropy"}, "sigmoid", true);
  EXPECT_NEAR(two.loss, 80, 1e-4);
  EXPECT_NEAR(two.gradient[0], 0.5, 1e-6);
  EXPECT_NEAR(two.gradient[1], -0.5, 1e-6);
  const Step clipped = step_of({100}, {0}, {"binary_crossentropy"}, "sigmoid", false);
  EXPECT_EQ(clipped.gradient[0], 0);
}

TEST(FusedCrossentropy, IsTheSameWhereNothingIsClipped) {
  LossOptions smoothed;
  smoothed.label_smoothing = 0.2;
  const auto expect_same = [](const std::vector<float>& target, const LossSpec& loss,
                              const char* activation) {
    for (const End end : {End::kDense, End::kPenalizedDense}) {
      const Step fused = step_of({0.3F, -1, 2}, target, loss, activation, true, end);
      const Step clipped = step_of({0.3F, -1, 2}, target, loss, activation, false, end);
      EXPECT_NEAR(fused.loss, clipped.loss, 1e-6) << loss.name;
      EXPECT_NEAR(fused.evaluated, clipped.evaluated, 1e-6) << loss.name;
      EXPECT_EQ(fused.accuracy, clipped.accuracy);
      for (std::size_t i = 0; i < 3; ++i)
        EXPECT_NEAR(fused.gradient[i], clipped.gradient[i], 1e-6) << loss.name;
    }
  };
  expect_same({2}, {"sparse_categorical_crossentropy"}, "softmax");
  expect_same({0, 1, 0}, {"categorical_crossentropy", "", smoothed}, "softmax");
  expect_same({0, 1, 1}, {"binary_crossentropy", "", smoothed}, "sigmoid");
}

TEST(FusedCrossentropy, NeedsTheActivationAtTheEnd) {
  const auto refuse = [](const std::string& model, const std::string& output, ActivationKind kind) {
    ArchitectureOptions options;
    options.logits = {{output, kind}};
    testing::expect_error(
        ExitCode::kConfiguration, [&] { architecture_from_json(model, options); }, "'" + output + "'");
  };
  refuse(model_of(2, "softmax", End::kDense), "y", ActivationKind::kSigmoid);
  refuse(model_of(2, "linear", End::kDense), "y", ActivationKind::kSoftmax);
  refuse(model_of(2, "relu", End::kActivation), "a", ActivationKind::kSoftmax);
}

}  // namespace
}  // namespace ktrain
