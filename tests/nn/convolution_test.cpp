#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "core/parallel.h"
#include "ktrain/nn/layers/conv.h"
#include "ktrain/nn/layers/depthwise_conv.h"
#include "nn/convolution_reference.h"
#include "nn/layer_run.h"
#include "support/expect_error.h"

namespace ktrain::testing {
namespace {

struct Case {
  HeightWidth size{7, 9};
  std::int64_t in = 3;
  std::int64_t filters = 5;
  HeightWidth kernel{3, 3};
  std::int64_t stride = 1;
  Padding padding = Padding::kSame;
  std::int64_t dilation = 1;
  std::int64_t groups = 1;
  bool use_bias = true;
  std::int64_t rows = 2;
};

void PrintTo(const Case& c, std::ostream* out) {
  *out << c.size[0] << "x" << c.size[1] << "x" << c.in << " -> " << c.filters << " kernel " << c.kernel[0]
       << "x" << c.kernel[1] << " stride " << c.stride << (c.padding == Padding::kSame ? " same" : " valid")
       << " dilation " << c.dilation << " groups " << c.groups << " rows " << c.rows;
}

ReferenceConvolution reference(const Case& c) {
  return {.rows = c.rows,
          .height = c.size[0],
          .width = c.size[1],
          .in = c.in,
          .kernel_height = c.kernel[0],
          .kernel_width = c.kernel[1],
          .filters = c.filters,
          .stride = c.stride,
          .dilation = c.dilation,
          .groups = c.groups,
          .same = c.padding == Padding::kSame};
}

std::unique_ptr<Layer> conv2d(const Case& c, const Activation& activation = {}) {
  return make_conv2d("conv", {.filters = c.filters,
                              .kernel_size = c.kernel,
                              .strides = {c.stride, c.stride},
                              .padding = c.padding,
                              .dilation_rate = {c.dilation, c.dilation},
                              .groups = c.groups,
                              .activation = activation,
                              .use_bias = c.use_bias});
}

std::unique_ptr<Layer> depthwise(const Case& c) {
  return make_depthwise_conv2d("depthwise", {.kernel_size = c.kernel,
                                             .strides = {c.stride, c.stride},
                                             .padding = c.padding,
                                             .depth_multiplier = c.filters / c.in,
                                             .dilation_rate = {c.dilation, c.dilation},
                                             .use_bias = c.use_bias});
}

void expect_reference(std::unique_ptr<Layer> layer, const Case& c) {
  const ReferenceConvolution expected = reference(c);
  LayerRun run(std::move(layer), {c.size[0], c.size[1], c.in});
  ASSERT_EQ(run.output_sample(), (Shape{expected.out_height(), expected.out_width(), c.filters}));
  const Tensor x = pattern({c.rows, c.size[0], c.size[1], c.in}, 1);
  const Tensor dy = pattern(run.output_sample().batched(c.rows), 2);
  const auto result = run.run(x, dy);
  const auto kernel = run.parameter(0).span<float>();
  const auto bias = c.use_bias ? run.parameter(1).span<float>() : std::span<float>();
  EXPECT_LT(difference(result.output.span<float>(), expected.forward(x.span<float>(), kernel, bias)), 2e-6);
  const auto gradients = expected.backward(x.span<float>(), kernel, dy.span<float>());
  EXPECT_LT(difference(result.input_gradient.span<float>(), gradients.x), 2e-6);
  EXPECT_LT(difference(result.parameter_gradients[0].span<float>(), gradients.kernel), 4e-6);
  if (c.use_bias) {
    EXPECT_LT(difference(result.parameter_gradients[1].span<float>(), gradients.bias), 4e-6);
  }
}

class Conv2DTest : public ::testing::TestWithParam<Case> {};

TEST_P(Conv2DTest, IsKerasFormula) {
  expect_reference(conv2d(GetParam()), GetParam());
}

std::vector<Case> cases() {
  std::vector<Case> all;
  for (const Padding padding : {Padding::kSame, Padding::kValid}) {
    for (const HeightWidth kernel : {HeightWidth{1, 1}, {3, 3}, {2, 2}, {4, 3}}) {
      for (const auto& [in, filters] : {std::pair{1, 32}, {3, 16}, {3, 5}, {16, 16}, {17, 33}}) {
        Case base{.in = in, .filters = filters, .kernel = kernel, .padding = padding};
        all.push_back(base);
        base.stride = 2;
        all.push_back(base);
        base.stride = 1;
        base.dilation = 2;
        base.use_bias = false;
        all.push_back(base);
      }
    }
  }
  for (const std::int64_t stride : {1, 2, 3}) {
    for (const HeightWidth size : {HeightWidth{8, 8}, {6, 5}, {28, 28}}) {
      all.push_back({.size = size, .in = 16, .filters = 32, .stride = stride, .rows = 3});
      all.push_back({.size = size, .in = 8, .filters = 12, .stride = stride, .groups = 4, .rows = 1});
      all.push_back({.size = size, .in = 32, .filters = 32, .stride = stride, .groups = 2, .rows = 1});
    }
  }
  return all;
}
INSTANTIATE_TEST_SUITE_P(Shapes, Conv2DTest, ::testing::ValuesIn(cases()));

class DepthwiseTest : public ::testing::TestWithParam<Case> {};

TEST_P(DepthwiseTest, IsKerasFormula) {
  expect_reference(depthwise(GetParam()), GetParam());
}

std::vector<Case> depthwise_cases() {
  std::vector<Case> all;
  for (const Padding padding : {Padding::kSame, Padding::kValid}) {
    for (const auto& [in, multiplier] : {std::pair{1, 1}, {3, 1}, {16, 1}, {32, 1}, {3, 2}, {16, 3}}) {
      for (const auto& [stride, dilation] : {std::pair{1, 1}, {2, 1}, {1, 2}}) {
        all.push_back({.in = in,
                       .filters = in * multiplier,
                       .stride = stride,
                       .padding = padding,
                       .dilation = dilation,
                       .groups = in});
      }
    }
  }
  return all;
}
INSTANTIATE_TEST_SUITE_P(Shapes, DepthwiseTest, ::testing::ValuesIn(depthwise_cases()));

/// 1, 2, 3, … in an image of one channel, weights ((i mod 7) − 3)/10: printed by Keras 3.15.1.
std::vector<float> golden(const Conv2DOptions& options, std::int64_t size) {
  LayerRun run(make_conv2d("conv", options), {size, size, 1});
  const auto kernel = run.parameter(0).span<float>();
  for (std::size_t i = 0; i < kernel.size(); ++i) {
    kernel[i] = static_cast<float>((static_cast<int>(i) % 7) - 3) / 10;
  }
  run.parameter(1).span<float>()[0] = -0.3F;
  Tensor x({1, size, size, 1});
  float next = 0;
  for (float& value : x.span<float>()) value = ++next;
  const Tensor y = run.forward(x);
  return {y.span<float>().begin(), y.span<float>().end()};
}

void expect_near(const std::vector<float>& actual, const std::vector<float>& expected, double tolerance) {
  ASSERT_EQ(actual.size(), expected.size());
  for (std::size_t i = 0; i < actual.size(); ++i) EXPECT_NEAR(actual[i], expected[i], tolerance) << i;
}

TEST(Conv2D, EqualsRealKeras) {
  Conv2DOptions o{.filters = 1, .kernel_size = {3, 3}, .strides = {2, 2}, .padding = Padding::kSame};
  expect_near(golden(o, 5), {-3.0F, -1.3F, -0.1F, -6.9F, -4.9F, -3.8F, 1.3F, -3.8F, -7.5F}, 1e-5);
  expect_near(golden(o, 4), {-1.8F, -1.5F, -1.7F, -4.4F}, 1e-5);
  o.strides = {1, 1};
  o.dilation_rate = {2, 2};
  expect_near(golden(o, 4),
              {-4.5F, -4.7F, -0.6F, -0.5F, -5.3F, -5.5F, -0.2F, -0.1F, 2.3F, 2.3F, -0.1F, -0.5F, 2.3F, 2.3F,
               -1.7F, -2.1F},
              1e-5);
  o.dilation_rate = {1, 1};
  o.kernel_size = {2, 2};
  expect_near(golden(o, 4),
              {-1.5F, -2.1F, -2.7F, -2.3F, -3.9F, -4.5F, -5.1F, -3.9F, -6.3F, -6.9F, -7.5F, -5.5F, -7.0F,
               -7.5F, -8.0F, -5.1F},
              1e-5);
}

TEST(Conv2D, FusesItsActivation) {
  const Case c{.in = 16, .filters = 16};
  const Tensor x = pattern({2, 7, 9, 16}, 1);
  const Tensor dy = pattern({2, 7, 9, 16}, 2);
  const auto linear = LayerRun(conv2d(c), {7, 9, 16}).forward(x);
  LayerRun run(conv2d(c, {.kind = ActivationKind::kRelu}), {7, 9, 16});
  const auto result = run.run(x, dy);
  Tensor masked(dy.shape());
  for (std::size_t i = 0; i < masked.span<float>().size(); ++i) {
    const float before = linear.span<float>()[i];
    EXPECT_EQ(result.output.span<float>()[i], std::max(before, 0.0F));
    masked.span<float>()[i] = before > 0 ? dy.span<float>()[i] : 0.0F;
  }
  const auto gradients = reference(c).backward(x.span<float>(), run.parameter(0).span<float>(),
                                               std::as_const(masked).span<float>());
  EXPECT_LT(difference(result.input_gradient.span<float>(), gradients.x), 2e-6);
  EXPECT_LT(difference(result.parameter_gradients[0].span<float>(), gradients.kernel), 4e-6);
}

TEST(Conv2D, DoesNotHideANaNBehindRelu) {
  LayerRun run(conv2d({.in = 16, .filters = 16}, {.kind = ActivationKind::kRelu}), {7, 9, 16});
  Tensor x = pattern({1, 7, 9, 16}, 1);
  x.span<float>()[0] = std::nanf("");
  const Tensor y = run.forward(x);
  EXPECT_TRUE(std::isnan(y.span<float>()[0]));
}

TEST(Conv2D, KeepsTheInputOfGelu) {
  const Case c{.size = {4, 4}, .in = 2, .filters = 3};
  LayerRun run(conv2d(c, {.kind = ActivationKind::kGelu}), {4, 4, 2});
  Tensor x = pattern({1, 4, 4, 2}, 1);
  const Tensor dy = pattern({1, 4, 4, 3}, 2);
  const auto result = run.run(x, dy);
  const auto loss = [&] {
    const Tensor y = run.forward(x);
    double sum = 0;
    for (std::size_t i = 0; i < y.span<float>().size(); ++i) {
      sum += static_cast<double>(y.span<float>()[i]) * dy.span<float>()[i];
    }
    return sum;
  };
  for (const std::size_t i : {0U, 7U, 31U}) {
    float& value = x.span<float>()[i];
    const float kept = value;
    value = kept + 1e-2F;
    const double up = loss();
    value = kept - 1e-2F;
    const double down = loss();
    value = kept;
    EXPECT_NEAR((up - down) / 2e-2, result.input_gradient.span<float>()[i], 2e-3) << i;
  }
}

TEST(Conv2D, RowsDoNotDependOnTheirNumber) {
  const Case c{.size = {14, 14}, .in = 16, .filters = 32};
  LayerRun run(conv2d(c), {14, 14, 16});
  const Tensor x = pattern({8, 14, 14, 16}, 1);
  const Tensor dy = pattern({8, 14, 14, 32}, 2);
  const auto all = run.run(x, dy);
  Tensor x3({3, 14, 14, 16});
  Tensor dy3({3, 14, 14, 32});
  std::copy_n(x.span<float>().begin(), x3.span<float>().size(), x3.span<float>().begin());
  std::copy_n(dy.span<float>().begin(), dy3.span<float>().size(), dy3.span<float>().begin());
  const auto three = run.run(x3, dy3);
  for (std::size_t i = 0; i < dy3.span<float>().size(); ++i) {
    ASSERT_EQ(three.output.span<float>()[i], all.output.span<float>()[i]);
  }
  for (std::size_t i = 0; i < x3.span<float>().size(); ++i) {
    ASSERT_EQ(three.input_gradient.span<float>()[i], all.input_gradient.span<float>()[i]);
  }
}

TEST(Conv2D, ThreadCountMovesRoundingOnly) {
  const Case c{.size = {14, 14}, .in = 16, .filters = 32, .rows = 8};
  const Tensor x = pattern({8, 14, 14, 16}, 1);
  const Tensor dy = pattern({8, 14, 14, 32}, 2);
  const int before = thread_count();
  set_thread_count(1);
  const auto one = LayerRun(conv2d(c), {14, 14, 16}).run(x, dy);
  set_thread_count(2);
  const auto two = LayerRun(conv2d(c), {14, 14, 16}).run(x, dy);
  set_thread_count(before);
  EXPECT_LT(difference(two.output.span<float>(), one.output.span<float>()), 1e-6);
  EXPECT_LT(difference(two.input_gradient.span<float>(), one.input_gradient.span<float>()), 1e-6);
  for (const std::size_t i : {0U, 1U}) {
    EXPECT_LT(difference(two.parameter_gradients[i].span<float>(), one.parameter_gradients[i].span<float>()),
              4e-6);
  }
}

TEST(Conv2D, ComputesOnlyWhatIsWanted) {
  const Case c{.in = 16, .filters = 16};
  LayerRun run(conv2d(c), {7, 9, 16});
  const Tensor x = pattern({2, 7, 9, 16}, 1);
  const Tensor dy = pattern({2, 7, 9, 16}, 2);
  const auto all = run.run(x, dy);
  const auto frozen = run.run_partly(x, dy, true, false);
  EXPECT_EQ(difference(frozen.input_gradient.span<float>(), all.input_gradient.span<float>()), 0);
  EXPECT_TRUE(std::isnan(frozen.parameter_gradients[0].span<float>()[0]));
  const auto first = run.run_partly(x, dy, false, true);
  EXPECT_EQ(difference(first.parameter_gradients[0].span<float>(), all.parameter_gradients[0].span<float>()),
            0);
}

TEST(Conv2D, SeesNewWeights) {
  const Case c{.in = 16, .filters = 16};
  LayerRun run(conv2d(c), {7, 9, 16});
  const Tensor x = pattern({2, 7, 9, 16}, 1);
  run.forward(x);
  for (float& value : run.parameter(0).span<float>()) value = 0;
  const Tensor y = run.forward(x);
  for (std::size_t i = 0; i < y.span<float>().size(); ++i) {
    ASSERT_EQ(y.span<float>()[i], run.parameter(1).span<float>()[i % 16]);
  }
}

TEST(Conv2D, RefusesWhatDoesNotFit) {
  const auto build = [](std::unique_ptr<Layer> layer, const Shape& shape) {
    return [layer = std::shared_ptr<Layer>(std::move(layer)), shape] { layer->build(std::span(&shape, 1)); };
  };
  expect_error(ExitCode::kConfiguration, build(conv2d({.padding = Padding::kValid}), {2, 9, 3}), "conv",
               "Conv2D", "(2, 9, 3)", "(3, 3, 3, 5)");
  expect_error(ExitCode::kConfiguration, build(conv2d({}), {784}), "conv", "Conv2D", "(784");
  expect_error(ExitCode::kConfiguration, build(conv2d({.filters = 4, .groups = 2}), {7, 9, 3}), "3 input",
               "2 groups");
  expect_error(
      ExitCode::kConfiguration, [] { conv2d({.filters = 5, .groups = 2}); }, "5 filters");
  expect_error(
      ExitCode::kConfiguration, [] { conv2d({.stride = 2, .dilation = 2}); }, "dilation_rate");
  expect_error(
      ExitCode::kConfiguration, [] { conv2d({.filters = 0}); }, "filters");
  expect_error(
      ExitCode::kConfiguration,
      [] {
        conv2d({.kernel = {0, 3}});
      },
      "kernel_size");
}

}  // namespace
}  // namespace ktrain::testing
