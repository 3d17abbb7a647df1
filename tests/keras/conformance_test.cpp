// Small models against what real Keras 3 computes with them: fixtures/, made by make_fixtures.py.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "io/hdf5.h"
#include "ktrain/keras/architecture.h"
#include "ktrain/keras/weights.h"
#include "nn/executor.h"

namespace ktrain {
namespace {

constexpr double kTolerance = 1e-5;

/// A model with its weights, and the group `expected` beside them.
class Fixture {
 public:
  explicit Fixture(const std::string& name)
      : weights_(text_of(name, ".weights.h5")),
        expected_(weights_),
        model(load_architecture(text_of(name, ".json")).model) {
    load_weights(weights_, model);
    for (const std::string& input : model.input_names()) inputs_.push_back(tensor("x/" + input));
    for (const Tensor& input : inputs_) views_.push_back(input.view());
  }

  std::int64_t rows() const { return inputs_[0].shape()[0]; }
  std::span<const ConstTensorView> inputs() const { return views_; }

  Tensor tensor(const std::string& path) const {
    Tensor values{Shape(expected_.info("expected/" + path).dims)};
    expected_.read("expected/" + path, values.span<float>().data(), DType::kFloat32, values.shape().dims());
    return values;
  }
  bool has(const std::string& path) const { return expected_.exists("expected/" + path); }

 private:
  static std::string text_of(const std::string& name, const char* ending) {
    return std::string(KTRAIN_FIXTURES "/") + name + ending;
  }

  std::string weights_;
  H5Reader expected_;
  std::vector<Tensor> inputs_;
  std::vector<ConstTensorView> views_;

 public:
  Model model;
};

/// max|a − b| / max(max|b|, floor)
double difference(std::span<const float> a, std::span<const float> b, double floor) {
  double largest = floor, worst = 0;
  for (std::size_t i = 0; i < b.size(); ++i) {
    largest = std::max(largest, std::abs(double{b[i]}));
    worst = std::max(worst, std::abs(double{a[i]} - double{b[i]}));
    if (std::isnan(a[i])) return HUGE_VAL;
  }
  return worst / largest;
}

void expect_same(ConstTensorView ktrain, const Tensor& keras, const std::string& what, double floor = 1e-3) {
  ASSERT_EQ(ktrain.shape(), keras.shape()) << what;
  EXPECT_LE(difference(ktrain.span<float>(), keras.span<float>(), floor), kTolerance) << what;
}

class Conformance : public ::testing::TestWithParam<const char*> {};

TEST_P(Conformance, Inference) {
  Fixture fixture(GetParam());
  Executor executor(fixture.model);
  executor.forward({}, fixture.rows(), {}, fixture.inputs());
  const auto names = fixture.model.output_names();
  for (std::size_t i = 0; i < names.size(); ++i) {
    expect_same(executor.output(i), fixture.tensor("y/" + names[i]), names[i]);
  }
}

/// Elements of the largest gradient that Keras found.
double largest_gradient(const Fixture& fixture) {
  double largest = 0;
  for (const Parameter& parameter : fixture.model.parameters().parameters()) {
    if (!parameter.trainable) continue;
    const Tensor gradient = fixture.tensor("g/" + parameter.name);
    for (const float g : gradient.span<float>()) largest = std::max(largest, std::abs(double{g}));
  }
  return largest;
}

TEST_P(Conformance, TrainingStep) {
  Fixture fixture(GetParam());
  Model& model = fixture.model;
  Executor executor(model);
  StepContext step;
  step.training = true;
  executor.forward(step, fixture.rows(), {}, fixture.inputs());
  const auto names = model.output_names();
  for (std::size_t i = 0; i < names.size(); ++i) {
    expect_same(executor.output(i), fixture.tensor("t/" + names[i]), names[i]);
    const Tensor seed = fixture.tensor("seed/" + names[i]);
    const TensorView gradient = executor.output_gradient(i);
    if (!gradient.empty()) std::ranges::copy(seed.span<float>(), gradient.span<float>().begin());
  }
  executor.backward();
  executor.end_step();

  const double floor = 1e-3 * largest_gradient(fixture);
  for (const Parameter& parameter : model.parameters().parameters()) {
    if (parameter.trainable) {
      expect_same(model.parameters().gradient(parameter), fixture.tensor("g/" + parameter.name),
                  "gradient of " + parameter.name, floor);
    } else {
      expect_same(model.parameters().value(parameter), fixture.tensor("after/" + parameter.name),
                  parameter.name);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Keras, Conformance,
                         ::testing::Values("activations", "dense", "convolutions", "pooling", "normalization",
                                           "branches", "nested"),
                         [](const auto& test) { return std::string(test.param); });

}  // namespace
}  // namespace ktrain
