#include "ktrain/nn/layers/einsum_dense.h"

#include <gtest/gtest.h>

#include "ktrain/nn/layers/dense.h"
#include "nn/layer_harness.h"
#include "support/expect_error.h"

namespace ktrain {
namespace {

void check_gradients(const EinsumDenseOptions& options, const Shape& input, const Shape& output,
                     const Shape& kernel, const Shape& bias) {
  SCOPED_TRACE(options.equation);
  LayerHarness harness(make_einsum_dense("dense", options), {input});
  EXPECT_EQ(harness.output_shape(), output);
  EXPECT_EQ(harness.layer().parameter_specs()[0].shape, kernel);
  if (!options.bias_axes.empty()) {
    EXPECT_EQ(harness.layer().parameter_specs()[1].shape, bias);
    for (float& b : harness.parameter(1)) b = 0.25F;
  }
  std::vector<Tensor> inputs = list_of(wave(input.batched(2)));
  expect_gradients_are_differences(harness, inputs, 2e-3);
}

TEST(EinsumDense, HasTheDerivativesOfItsEquation) {
  const Activation tanh = *activation_named("tanh");
  check_gradients(
      {.equation = "abc,cd->abd", .output_shape = {std::nullopt, 5}, .bias_axes = "d", .activation = tanh},
      {3, 4}, {3, 5}, {4, 5}, {5});
  check_gradients({.equation = "abc,cde->abde", .output_shape = {std::nullopt, 2, 3}, .bias_axes = "de"},
                  {3, 4}, {3, 2, 3}, {4, 2, 3}, {2, 3});
  check_gradients({.equation = "abc,dbc->adc", .output_shape = {2, std::nullopt}, .bias_axes = "d"}, {3, 4},
                  {2, 4}, {2, 3, 4}, {2, 1});
  check_gradients({.equation = "...x,xy->...y", .output_shape = {5}, .bias_axes = "y"}, {2, 3, 4}, {2, 3, 5},
                  {4, 5}, {5});
  check_gradients({.equation = "ab...,bc->ac...", .output_shape = {5}}, {3, 2}, {5, 2}, {3, 5}, {});
}

TEST(EinsumDense, IsDenseForItsEquation) {
  LayerHarness einsum(
      make_einsum_dense("d", {.equation = "ab,bc->ac", .output_shape = {3}, .bias_axes = "c"}), {Shape{4}});
  LayerHarness dense(make_dense("d", {.units = 3}), {Shape{4}});
  const std::vector<Tensor> x = list_of(wave({5, 4}));
  const Tensor expected = dense.forward(x);
  const Tensor y = einsum.forward(x);
  for (std::size_t i = 0; i < 15; ++i) EXPECT_FLOAT_EQ(y.span<float>()[i], expected.span<float>()[i]);
}

TEST(EinsumDense, RefusesWhatDoesNotFit) {
  const auto refuses = [](const EinsumDenseOptions& options, const char* why) {
    const Shape input[] = {Shape{3, 4}};
    testing::expect_error(
        ExitCode::kConfiguration, [&] { make_einsum_dense("dense", options)->build(input); }, "dense", why);
  };
  refuses({.equation = "abc,cd->bad", .output_shape = {3, 5}}, "batch");
  refuses({.equation = "abc,cd->abd", .output_shape = {5}}, "too few");
  refuses({.equation = "abc,cd->abd", .output_shape = {3, 5, 6}}, "too many");
  refuses({.equation = "abc,cd->abd", .output_shape = {4, 5}}, "do not give");
  refuses({.equation = "abc,cd->abd", .output_shape = {3, std::nullopt}}, "open");
  refuses({.equation = "ab,bc->ac", .output_shape = {5}}, "number of axes");
}

}  // namespace
}  // namespace ktrain
