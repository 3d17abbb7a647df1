#include "ktrain/nn/layers/spectral_normalization.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "ktrain/nn/layers/dense.h"
#include "ktrain/nn/layers/flatten.h"
#include "nn/executor.h"
#include "nn/layer_harness.h"
#include "support/expect_error.h"

namespace ktrain {
namespace {

Model model_of(std::int64_t power_iterations) {
  Model model;
  const Model::TensorId x = model.add_input("x", Shape{2});
  auto layer = make_spectral_normalization("s", make_dense("d", {.units = 2}), power_iterations);
  model.set_outputs({model.then(std::move(layer), x)});
  model.finish(1);
  return model;
}

void set(Model& model, std::size_t index, const std::vector<float>& values) {
  FlatParameters& flat = model.parameters();
  std::ranges::copy(values, flat.value(flat.parameters()[index]).span<float>().begin());
  model.weights_changed();
}

std::span<float> values_of(Model& model, std::size_t index) {
  return model.parameters().value(model.parameters().parameters()[index]).span<float>();
}

TEST(SpectralNormalization, DividesTheKernelBeforeEachStepOfTraining) {
  Model model = model_of(1);
  EXPECT_EQ(model.parameters().parameters()[0].name, "s/d/kernel");
  EXPECT_EQ(model.parameters().parameters()[1].name, "s/vector_u");
  EXPECT_EQ(model.parameters().parameters()[2].name, "s/d/bias");
  set(model, 0, {3, 0, 0, 1});
  set(model, 1, {0.5F, 0});
  set(model, 2, {0.25F, -1});
  const Tensor x = tensor_of({1, 2}, {2, 3});
  const ConstTensorView input = x.view();
  Executor executor(model);
  executor.forward({}, 1, {}, std::span(&input, 1));
  expect_near(executor.output(0).span<float>(), {6.25, 2}, 1e-6);
  for (int step = 0; step < 2; ++step) {
    // Its largest singular value is 3, then 1.
    executor.forward({.training = true}, 1, {}, std::span(&input, 1));
    expect_near(executor.output(0).span<float>(), {2.25, 0}, 1e-6);
    expect_near(values_of(model, 0), {1, 0, 0, 1.0 / 3}, 1e-6);
    expect_near(values_of(model, 1), {1, 0}, 1e-6);
  }
  std::ranges::copy(std::vector<float>{1, -1}, executor.output_gradient(0).span<float>().begin());
  executor.backward();
  expect_near(model.parameters().gradients(), {2, -2, 3, -3, 1, -1}, 1e-6);
}

TEST(SpectralNormalization, IteratesToTheLargestSingularValue) {
  Model model = model_of(200);
  set(model, 0, {1, 2, 3, 4});
  Executor executor(model);
  executor.forward({.training = true}, 0, {}, {});
  // sigma^2 = (30 + sqrt(900 - 16)) / 2
  const double sigma = std::sqrt((30 + std::sqrt(884.0)) / 2);
  expect_near(values_of(model, 0), {1 / sigma, 2 / sigma, 3 / sigma, 4 / sigma}, 1e-6);
  set(model, 0, {0, 0, 0, 0});
  executor.forward({.training = true}, 0, {}, {});
  expect_near(values_of(model, 0), {0, 0, 0, 0}, 0);
}

TEST(SpectralNormalization, NeedsAKernel) {
  const Shape shape{2, 3};
  testing::expect_error(
      ExitCode::kConfiguration,
      [&] { make_spectral_normalization("s", make_flatten("f"))->build(std::span(&shape, 1)); }, "'s'",
      "neither a kernel");
}

}  // namespace
}  // namespace ktrain
