#include <gtest/gtest.h>

#include <cmath>

#include "ktrain/nn/layers/group_normalization.h"
#include "ktrain/nn/layers/layer_normalization.h"
#include "nn/layer_harness.h"
#include "support/expect_error.h"

namespace ktrain {
namespace {

void vary_parameters(LayerHarness& harness) {
  for (std::size_t k = 0; k < harness.layer().parameter_specs().size(); ++k) {
    for (std::size_t i = 0; i < harness.parameter(k).size(); ++i) {
      harness.parameter(k)[i] = 0.75F + 0.5F * std::sin(static_cast<float>(3 * i + k));
    }
  }
}

void check_gradients(std::unique_ptr<Layer> layer, const Shape& shape) {
  LayerHarness harness(std::move(layer), {shape});
  EXPECT_EQ(harness.output_shape(), shape);
  vary_parameters(harness);
  std::vector<Tensor> inputs = list_of(wave(shape.batched(3)));
  expect_gradients_are_differences(harness, inputs, 5e-3, 0x1p-8F);
}

LayerNormalizationOptions over(std::vector<int> axis) {
  LayerNormalizationOptions options;
  options.axis = std::move(axis);
  return options;
}

TEST(LayerNormalization, GivesKerasNumbers) {
  LayerHarness harness(make_layer_normalization("norm", {}), {Shape{2}});
  expect_near(harness.forward(list_of(tensor_of({3, 2}, {1, 2, 3, 4, 5, 9}))).span<float>(),
              {-0.998006, 0.998006, -0.998006, 0.998006, -0.999875, 0.999875}, 1e-6);
}

TEST(LayerNormalization, HasItsDerivatives) {
  for (const std::vector<int>& axis :
       {std::vector{-1}, {1}, {2}, {1, 2}, {2, 3}, {3, 2, 1}, {1, 3}, {-1, 1}}) {
    check_gradients(make_layer_normalization("norm", over(axis)), {3, 4, 5});
  }
  LayerNormalizationOptions options;
  options.scale = false;
  check_gradients(make_layer_normalization("norm", options), {3, 5});
  options.center = false;
  check_gradients(make_layer_normalization("norm", options), {3, 5});
  options.rms_scaling = true;
  check_gradients(make_layer_normalization("norm", options), {3, 5});
}

TEST(LayerNormalization, IsTheSameInPieces) {
  LayerHarness harness(make_layer_normalization("norm", {}), {Shape{33}});
  vary_parameters(harness);
  const std::vector<Tensor> x = list_of(wave({4, 33}));
  const Tensor whole = harness.forward(x), parts = harness.forward(x, {1, 3});
  EXPECT_TRUE(std::ranges::equal(whole.span<float>(), parts.span<float>()));
}

TEST(RMSNormalization, HasItsDerivatives) {
  check_gradients(make_rms_normalization("norm", {}), {3, 5});
  check_gradients(make_rms_normalization("norm", {.axis = {1}, .epsilon = 0.1}), {3, 5});
}

TEST(UnitNormalization, GivesKerasNumbersAndItsDerivatives) {
  LayerHarness harness(make_unit_normalization("norm", {}), {Shape{2}});
  expect_near(harness.forward(list_of(tensor_of({4, 2}, {1, 2, 3, 4, 5, 9, 0, 0}))).span<float>(),
              {0.447214, 0.894427, 0.6, 0.8, 0.485643, 0.874157, 0, 0}, 1e-6);
  check_gradients(make_unit_normalization("norm", {}), {3, 5});
  check_gradients(make_unit_normalization("norm", {.axis = {1}}), {3, 5});
}

TEST(GroupNormalization, GivesKerasNumbersAndItsDerivatives) {
  GroupNormalizationOptions options;
  options.groups = 2;
  LayerHarness harness(make_group_normalization("norm", options), {Shape{2, 4}});
  // Groups of two channels each: (x - mean) / sqrt(variance + 0.001) with mean 2.5 and variance 4.25.
  const double scale = 1 / std::sqrt(4.25 + 1e-3);
  expect_near(harness.forward(list_of(tensor_of({1, 2, 4}, {0, 1, 0, 1, 4, 5, 4, 5}))).span<float>(),
              {-2.5 * scale, -1.5 * scale, -2.5 * scale, -1.5 * scale, 1.5 * scale, 2.5 * scale, 1.5 * scale,
               2.5 * scale},
              1e-6);
  check_gradients(make_group_normalization("norm", options), {3, 2, 4});
  check_gradients(make_group_normalization("norm", options), {4});
  options.axis = 1;
  check_gradients(make_group_normalization("norm", options), {4, 3, 2});
  options.groups = -1;
  options.axis = -1;
  check_gradients(make_group_normalization("norm", options), {3, 4});
  options.scale = false;
  check_gradients(make_group_normalization("norm", options), {3, 4});
  options.groups = 3;
  const Shape shapes[] = {Shape{3, 4}};
  testing::expect_error(
      ExitCode::kConfiguration, [&] { make_group_normalization("norm", options)->build(shapes); }, "norm",
      "groups 3");
}

}  // namespace
}  // namespace ktrain
