#include <gtest/gtest.h>

#include "nn/layer_harness.h"
#include "nn/operations/elementwise.h"
#include "nn/operations/products.h"
#include "nn/operations/reduce.h"
#include "nn/operations/selection.h"
#include "nn/operations/view.h"
#include "support/expect_error.h"

namespace ktrain {
namespace {

Literal number(float value) {
  return {Shape(), {value}};
}

TEST(BinaryOperation, TakesLiteralsOnEitherSide) {
  std::vector<Operand> operands;
  operands.emplace_back(number(1));
  operands.emplace_back();
  LayerHarness less(make_binary_operation("less", "Subtract", BinaryKind::kSubtract, operands), {Shape{3}});
  std::vector<Tensor> x = list_of(tensor_of({1, 3}, {1, 2, 4}));
  expect_near(less.forward(x).span<float>(), {0, -1, -3}, 0);
  expect_near(less.backward(tensor_of({1, 3}, {1, 2, 3}))[0].span<float>(), {-1, -2, -3}, 0);
  operands = {Operand(), Operand(Literal{Shape{3}, {2, 3, 0.5F}})};
  LayerHarness power(make_binary_operation("power", "Power", BinaryKind::kPower, operands), {Shape{3}});
  expect_near(power.forward(x).span<float>(), {1, 8, 2}, 1e-6);
  expect_gradients_are_differences(power, x);
}

TEST(BinaryOperation, HasTheDerivativesOfBothOperands) {
  for (const BinaryKind kind :
       {BinaryKind::kAdd, BinaryKind::kSubtract, BinaryKind::kMultiply, BinaryKind::kDivide,
        BinaryKind::kPower, BinaryKind::kMaximum, BinaryKind::kMinimum}) {
    LayerHarness harness(make_binary_operation("op", "Op", kind, std::vector<Operand>(2)),
                         {Shape{3, 4}, Shape{3, 1}});
    EXPECT_EQ(harness.output_shape(), (Shape{3, 4}));
    std::vector<Tensor> inputs = list_of(wave({2, 3, 4}, 0.5F), wave({2, 3, 1}, 0.5F, 0.4F));
    for (Tensor& input : inputs) {
      for (float& value : input.span<float>()) value += 1.25F;
    }
    expect_gradients_are_differences(harness, inputs, 2e-3, 0x1p-10F);
  }
}

TEST(BinaryOperation, RefusesToMixSamples) {
  const Shape shapes[] = {Shape{3, 4}, Shape{4}};
  const auto add = [] {
    return make_binary_operation("sum", "Add", BinaryKind::kAdd, std::vector<Operand>(2));
  };
  testing::expect_error(
      ExitCode::kConfiguration, [&] { add()->build(shapes); }, "sum", "mix samples");
  EXPECT_FALSE(make_binary_operation("g", "Greater", BinaryKind::kGreater, std::vector<Operand>(2))
                   ->is_differentiable());
}

TEST(UnaryOperation, HasItsDerivative) {
  for (const UnaryKind kind :
       {UnaryKind::kNegative, UnaryKind::kAbsolute, UnaryKind::kExp, UnaryKind::kExpm1, UnaryKind::kLog,
        UnaryKind::kLog1p, UnaryKind::kSqrt, UnaryKind::kRsqrt, UnaryKind::kSquare, UnaryKind::kReciprocal,
        UnaryKind::kSin, UnaryKind::kCos, UnaryKind::kErf, UnaryKind::kClip}) {
    LayerHarness harness(make_unary_operation("op", "Op", kind, 0.75F, 1.5F), {Shape{5}});
    std::vector<Tensor> x = list_of(tensor_of({1, 5}, {0.5, 0.9, 1.1, 1.4, 2}));
    expect_gradients_are_differences(harness, x, 2e-3, 0x1p-8F);
  }
}

TEST(Where, ChoosesElementByElement) {
  std::vector<Operand> operands(3);
  operands[2] = number(-1);
  LayerHarness harness(make_where("where", operands), {Shape{3}, Shape{3}});
  const std::vector<Tensor> inputs = list_of(tensor_of({1, 3}, {1, 0, 2}), tensor_of({1, 3}, {4, 5, 6}));
  expect_near(harness.forward(inputs).span<float>(), {4, -1, 6}, 0);
  const auto gradients = harness.backward(tensor_of({1, 3}, {1, 2, 3}));
  expect_near(gradients[0].span<float>(), {0, 0, 0}, 0);
  expect_near(gradients[1].span<float>(), {1, 0, 3}, 0);
}

TEST(ReduceOperation, FoldsAxes) {
  const std::vector<Tensor> x = list_of(tensor_of({1, 2, 3}, {1, 5, 2, 4, 5, 0}));
  const auto check = [&](ReduceKind kind, std::vector<int> axes, bool keepdims, const Shape& shape,
                         const std::vector<double>& expected) {
    LayerHarness harness(make_reduce_operation("reduce", "Reduce", kind, axes, keepdims), {Shape{2, 3}});
    EXPECT_EQ(harness.output_shape(), shape);
    expect_near(harness.forward(x).span<float>(), expected, 1e-6);
  };
  check(ReduceKind::kSum, {1}, false, {3}, {5, 10, 2});
  check(ReduceKind::kSum, {-1}, true, {2, 1}, {8, 9});
  check(ReduceKind::kMean, {1, 2}, false, {}, {17.0 / 6});
  check(ReduceKind::kMaximum, {2}, false, {2}, {5, 5});
  check(ReduceKind::kMinimum, {1}, false, {3}, {1, 5, 0});
  for (const ReduceKind kind :
       {ReduceKind::kSum, ReduceKind::kMean, ReduceKind::kMaximum, ReduceKind::kMinimum}) {
    for (const std::vector<int>& axes : {std::vector{1}, {2}, {3}, {1, 3}, {1, 2, 3}}) {
      LayerHarness harness(make_reduce_operation("reduce", "Reduce", kind, axes, false), {Shape{3, 4, 5}});
      std::vector<Tensor> inputs = list_of(wave({2, 3, 4, 5}));
      expect_gradients_are_differences(harness, inputs, 2e-3, 0x1p-12F);
    }
  }
  // Equal elements share the gradient.
  LayerHarness ties(make_reduce_operation("max", "Max", ReduceKind::kMaximum, std::vector{1}, false),
                    {Shape{2, 3}});
  ties.forward(x);
  expect_near(ties.backward(tensor_of({1, 3}, {2, 2, 2}))[0].span<float>(), {0, 1, 2, 2, 1, 0}, 0);
}

TEST(Selection, TakesRepeatsAndPads) {
  const SelectionRule rule = [](const Layer&, const Shape&) {
    return std::vector{Selection{{{1, 1, 0}, {-1, 2}}, Shape{3, 2}}, Selection{{{0}, {0, 1}}, Shape{2}}};
  };
  const auto layer = make_selection("select", "Select", rule, 9);
  const Shape shapes[] = {Shape{2, 3}};
  EXPECT_EQ(layer->build(shapes), (std::vector{Shape{3, 2}, Shape{2}}));
  LayerHarness harness(
      make_selection(
          "select", "Select", [&](const Layer& l, const Shape& s) { return std::vector{rule(l, s)[0]}; }, 9),
      {Shape{2, 3}});
  std::vector<Tensor> x = list_of(tensor_of({1, 2, 3}, {1, 2, 3, 4, 5, 6}));
  expect_near(harness.forward(x).span<float>(), {9, 6, 9, 6, 9, 3}, 0);
  expect_near(harness.backward(tensor_of({1, 3, 2}, {1, 2, 3, 4, 5, 6}))[0].span<float>(), {0, 0, 6, 0, 0, 6},
              0);
}

TEST(Products, AreMatrixProductsPerSample) {
  LayerHarness matmul(make_matmul_operation("product"), {Shape{2, 3, 4}, Shape{1, 4, 2}});
  EXPECT_EQ(matmul.output_shape(), (Shape{2, 3, 2}));
  std::vector<Tensor> inputs = list_of(wave({2, 2, 3, 4}), wave({2, 1, 4, 2}, 1, 0.3F));
  expect_gradients_are_differences(matmul, inputs, 2e-3);
  const Shape shapes[] = {Shape{2}, Shape{2}};
  testing::expect_error(
      ExitCode::kConfiguration, [&] { make_einsum_operation("sum", "ab,cb->ac")->build(shapes); },
      "mixes samples");
}

}  // namespace
}  // namespace ktrain
