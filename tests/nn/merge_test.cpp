#include <gtest/gtest.h>

#include "ktrain/nn/layers/add.h"
#include "ktrain/nn/layers/average.h"
#include "ktrain/nn/layers/dot.h"
#include "ktrain/nn/layers/maximum.h"
#include "ktrain/nn/layers/minimum.h"
#include "ktrain/nn/layers/multiply.h"
#include "ktrain/nn/layers/subtract.h"
#include "nn/layer_harness.h"
#include "support/expect_error.h"

namespace ktrain {
namespace {

std::vector<Tensor> three() {
  std::vector<Tensor> inputs;
  inputs.push_back(tensor_of({1, 3}, {1, -2, 3}));
  inputs.push_back(tensor_of({1, 3}, {4, 5, -6}));
  inputs.push_back(tensor_of({1, 3}, {-7, 8, 0.5}));
  return inputs;
}

TEST(Merge, FoldsTheInputs) {
  const std::vector<Shape> shapes(3, Shape{3});
  const auto check = [&](std::unique_ptr<Layer> layer, const std::vector<double>& expected) {
    LayerHarness harness(std::move(layer), shapes);
    expect_near(harness.forward(three()).span<float>(), expected, 1e-6);
  };
  check(make_add("add"), {-2, 11, -2.5});
  check(make_average("average"), {-2.0 / 3, 11.0 / 3, -2.5 / 3});
  check(make_multiply("multiply"), {-28, -80, -9});
  check(make_maximum("maximum"), {4, 8, 3});
  check(make_minimum("minimum"), {-7, -2, -6});
}

TEST(Merge, SpreadsSmallerInputsAndGathersTheirGradients) {
  // As Keras: axes are added behind the batch.
  const std::vector<Shape> shapes = {Shape{4}, Shape{3, 1}, Shape{3, 4}};
  using Make = std::unique_ptr<Layer> (*)();
  const Make layers[] = {[] { return make_add("add"); }, [] { return make_average("average"); },
                         [] { return make_multiply("multiply"); }, [] { return make_maximum("maximum"); },
                         [] { return make_minimum("minimum"); }};
  for (const Make make : layers) {
    LayerHarness harness(make(), shapes);
    EXPECT_EQ(harness.output_shape(), (Shape{3, 4}));
    EXPECT_FALSE(harness.layer().passes_gradient_through());
    std::vector<Tensor> inputs;
    inputs.push_back(wave({2, 4}, 1, 0.3F));
    inputs.push_back(wave({2, 3, 1}, 0.8F, 1.7F));
    inputs.push_back(wave({2, 3, 4}, 1.2F, 2.6F));
    expect_gradients_are_differences(harness, inputs, 2e-3, 0x1p-10F);
  }
  LayerHarness subtract(make_subtract("subtract"), {Shape{3, 4}, Shape{4}});
  std::vector<Tensor> inputs;
  inputs.push_back(wave({2, 3, 4}));
  inputs.push_back(wave({2, 4}, 1, 0.5F));
  expect_gradients_are_differences(subtract, inputs);
}

TEST(Merge, AddOfOneShapePassesTheGradientThrough) {
  LayerHarness harness(make_add("add"), {Shape{3}, Shape{3}});
  EXPECT_TRUE(harness.layer().passes_gradient_through());
}

TEST(Merge, LeavesOutWhatIsMasked) {
  const std::vector<Shape> shapes = {Shape{4, 1}, Shape{4, 1}, Shape{4}, Shape{4}};
  std::vector<Tensor> inputs;
  inputs.push_back(tensor_of({1, 4, 1}, {2, 3, 4, 5}));
  inputs.push_back(tensor_of({1, 4, 1}, {7, 6, 5, 4}));
  inputs.push_back(tensor_of({1, 4}, {1, 1, 0, 0}));
  inputs.push_back(tensor_of({1, 4}, {1, 0, 1, 0}));
  LayerHarness multiply(make_multiply("multiply", true), shapes);
  expect_near(multiply.forward(inputs).span<float>(), {14, 3, 5, 0}, 0);
  const auto gradients = multiply.backward(tensor_of({1, 4, 1}, {1, 1, 1, 1}));
  expect_near(gradients[0].span<float>(), {7, 1, 0, 0}, 0);
  expect_near(gradients[1].span<float>(), {2, 0, 1, 0}, 0);
  LayerHarness maximum(make_maximum("maximum", true), shapes);
  expect_near(maximum.forward(inputs).span<float>(), {7, 3, 5, 5}, 0);
  const auto of_maximum = maximum.backward(tensor_of({1, 4, 1}, {1, 1, 1, 1}));
  expect_near(of_maximum[0].span<float>(), {0, 1, 0, 1}, 0);
  expect_near(of_maximum[1].span<float>(), {1, 0, 1, 0}, 0);
}

TEST(Dot, SumsProductsOverAnAxisOfEach) {
  LayerHarness harness(make_dot("dot", {.axes = {2, 1}}), {Shape{2, 3}, Shape{3, 2}});
  EXPECT_EQ(harness.output_shape(), (Shape{2, 2}));
  std::vector<Tensor> inputs;
  inputs.push_back(tensor_of({1, 2, 3}, {1, 2, 3, 4, 5, 6}));
  inputs.push_back(tensor_of({1, 3, 2}, {1, -1, 2, 0, 3, 1}));
  expect_near(harness.forward(inputs).span<float>(), {14, 2, 32, 2}, 0);
  LayerHarness vectors(make_dot("dot", {}), {Shape{2}, Shape{2}});
  EXPECT_EQ(vectors.output_shape(), Shape{1});
  const std::vector<Tensor> pair = list_of(tensor_of({1, 2}, {3, 4}), tensor_of({1, 2}, {2, -1}));
  expect_near(vectors.forward(pair).span<float>(), {2}, 0);
}

TEST(Dot, NormalizesToCosines) {
  LayerHarness harness(make_dot("dot", {.normalize = true}), {Shape{2}, Shape{2}});
  const std::vector<Tensor> inputs =
      list_of(tensor_of({2, 2}, {3, 4, 0, 0}), tensor_of({2, 2}, {0, -2, 1, 2}));
  expect_near(harness.forward(inputs).span<float>(), {-0.8, 0}, 1e-6);
  LayerHarness images(make_dot("dot", {.axes = {1, -1}, .normalize = true}), {Shape{3, 2}, Shape{2, 3}});
  std::vector<Tensor> waves = list_of(wave({2, 3, 2}), wave({2, 2, 3}, 1, 0.5F));
  expect_gradients_are_differences(images, waves, 2e-3);
}

TEST(Dot, RefusesAxesThatDoNotFit) {
  const Shape shapes[] = {Shape{3}, Shape{4}};
  testing::expect_error(
      ExitCode::kConfiguration, [&] { make_dot("dot", {})->build(shapes); }, "dot", "(3,)", "(4,)");
  testing::expect_error(
      ExitCode::kConfiguration,
      [&] {
        make_dot("dot", {.axes = {0, 0}})->build(shapes);
      },
      "batch");
}

TEST(Merge, RefusesShapesThatDoNotFit) {
  const Shape unlike[] = {Shape{3}, Shape{4}};
  testing::expect_error(
      ExitCode::kConfiguration, [&] { make_multiply("product")->build(unlike); }, "product", "(3,)", "(4,)");
  const Shape three_inputs[] = {Shape{3}, Shape{3}, Shape{3}};
  testing::expect_error(
      ExitCode::kConfiguration, [&] { make_subtract("less")->build(three_inputs); }, "less", "two inputs");
}

}  // namespace
}  // namespace ktrain
