#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "core/parallel.h"
#include "ktrain/nn/layers/global_pooling.h"
#include "ktrain/nn/layers/pooling.h"
#include "ktrain/nn/layers/zero_padding.h"
#include "nn/layer_run.h"
#include "support/expect_error.h"

namespace ktrain::testing {
namespace {

struct Case {
  HeightWidth size{7, 6};
  std::int64_t channels = 3;
  HeightWidth pool{2, 2};
  HeightWidth strides{2, 2};
  Padding padding = Padding::kValid;
};

std::vector<Case> cases() {
  std::vector<Case> all;
  for (const Padding padding : {Padding::kValid, Padding::kSame}) {
    for (const std::int64_t channels : {1, 3, 16, 70}) {
      for (const auto& [pool, stride] : {std::pair{2, 2}, {3, 2}, {3, 1}, {1, 2}, {2, 3}}) {
        all.push_back(
            {.channels = channels, .pool = {pool, pool}, .strides = {stride, stride}, .padding = padding});
      }
      all.push_back({.size = {8, 4}, .channels = channels, .padding = padding});
      all.push_back({.channels = channels, .pool = {3, 2}, .strides = {1, 2}, .padding = padding});
    }
  }
  return all;
}

/// The window of output `o` on an axis of `n`, by Keras's padding arithmetic.
std::pair<std::int64_t, std::int64_t> inputs(const Case& c, std::size_t axis, std::int64_t o) {
  const std::int64_t n = c.size[axis];
  const std::int64_t k = c.pool[axis];
  const std::int64_t s = c.strides[axis];
  const std::int64_t total = std::max<std::int64_t>(((n + s - 1) / s - 1) * s + k - n, 0);
  const std::int64_t first = o * s - (c.padding == Padding::kSame ? total / 2 : 0);
  return {std::max<std::int64_t>(first, 0), std::min(first + k, n)};
}

/// Calls visit(output index, input indices) for each window of `rows` images of outputs of `shape`.
template <typename Visit>
void for_each_window(const Case& c, const Shape& batch, const Visit& visit) {
  for (std::int64_t y = 0; y < batch.elements(); ++y) {
    const std::int64_t channel = y % batch[3];
    const auto [left, right] = inputs(c, 1, y / batch[3] % batch[2]);
    const auto [top, bottom] = inputs(c, 0, y / batch[3] / batch[2] % batch[1]);
    const std::int64_t row = y / batch[3] / batch[2] / batch[1];
    std::vector<std::size_t> indices;
    for (std::int64_t i = top; i < bottom; ++i) {
      for (std::int64_t j = left; j < right; ++j) {
        indices.push_back(
            static_cast<std::size_t>(((row * c.size[0] + i) * c.size[1] + j) * c.channels + channel));
      }
    }
    visit(static_cast<std::size_t>(y), indices);
  }
}

/// Few different values, so that windows hold ties.
Tensor coarse(const Shape& shape) {
  Tensor x = pattern(shape, 1);
  for (float& value : x.span<float>()) value = std::round(value * 3);
  return x;
}

TEST(MaxPooling2D, PicksTheFirstLargest) {
  for (const Case& c : cases()) {
    LayerRun run(
        make_max_pooling2d("pool", {.pool_size = c.pool, .strides = c.strides, .padding = c.padding}),
        {c.size[0], c.size[1], c.channels});
    const Tensor x = coarse({2, c.size[0], c.size[1], c.channels});
    const Shape out = run.output_sample().batched(2);
    const Tensor dy = pattern(out, 2);
    const auto result = run.run(x, dy);
    std::vector<double> y(static_cast<std::size_t>(out.elements()));
    std::vector<double> dx(x.span<float>().size());
    for_each_window(c, out, [&](std::size_t o, const std::vector<std::size_t>& window) {
      const auto values = x.span<float>();
      std::size_t first = window[0];
      for (const std::size_t i : window) first = values[i] > values[first] ? i : first;
      y[o] = values[first];
      dx[first] += dy.span<float>()[o];
    });
    EXPECT_EQ(difference(result.output.span<float>(), y), 0);
    EXPECT_LT(difference(result.input_gradient.span<float>(), dx), 1e-6);
  }
}

TEST(AveragePooling2D, DoesNotCountPadding) {
  for (const Case& c : cases()) {
    LayerRun run(
        make_average_pooling2d("pool", {.pool_size = c.pool, .strides = c.strides, .padding = c.padding}),
        {c.size[0], c.size[1], c.channels});
    const Tensor x = pattern({2, c.size[0], c.size[1], c.channels}, 1);
    const Shape out = run.output_sample().batched(2);
    const Tensor dy = pattern(out, 2);
    const auto result = run.run(x, dy);
    std::vector<double> y(static_cast<std::size_t>(out.elements()));
    std::vector<double> dx(x.span<float>().size());
    for_each_window(c, out, [&](std::size_t o, const std::vector<std::size_t>& window) {
      const auto count = static_cast<double>(window.size());
      for (const std::size_t i : window) {
        y[o] += x.span<float>()[i] / count;
        dx[i] += dy.span<float>()[o] / count;
      }
    });
    EXPECT_LT(difference(result.output.span<float>(), y), 1e-6);
    EXPECT_LT(difference(result.input_gradient.span<float>(), dx), 1e-6);
  }
}

std::vector<float> golden(std::unique_ptr<Layer> layer, float sign) {
  LayerRun run(std::move(layer), {4, 4, 1});
  Tensor x({1, 4, 4, 1});
  float next = 0;
  for (float& value : x.span<float>()) value = sign * ++next;
  const Tensor y = run.forward(x);
  return {y.span<float>().begin(), y.span<float>().end()};
}

/// Printed by Keras 3.15.1 and, for the first one, Keras 3.15.1 on JAX: its torch backend repeats the border
/// there instead of leaving it out (6, 7.6667, 12.6667, 14.3333).
TEST(Pooling2D, EqualsRealKeras) {
  const auto average = golden(
      make_average_pooling2d("p", {.pool_size = {3, 3}, .strides = {{2, 2}}, .padding = Padding::kSame}), 1);
  const std::vector<float> expected{6.0F, 7.5F, 12.0F, 13.5F};
  EXPECT_EQ(average, expected);
  EXPECT_EQ(
      golden(make_max_pooling2d("p", {.pool_size = {3, 3}, .strides = {{2, 2}}, .padding = Padding::kSame}),
             -1),
      (std::vector<float>{-1, -3, -9, -11}));
  EXPECT_EQ(golden(make_average_pooling2d("p", {.strides = {{1, 1}}, .padding = Padding::kSame}), 1),
            (std::vector<float>{3.5F, 4.5F, 5.5F, 6.0F, 7.5F, 8.5F, 9.5F, 10.0F, 11.5F, 12.5F, 13.5F, 14.0F,
                                13.5F, 14.5F, 15.5F, 16.0F}));
}

TEST(MaxPooling2D, KeepsANaN) {
  for (const std::size_t place : {0U, 1U, 5U}) {
    LayerRun run(make_max_pooling2d("pool", {}), {4, 4, 1});
    Tensor x = pattern({1, 4, 4, 1}, 1);
    x.span<float>()[place] = std::nanf("");
    const Tensor y = run.forward(x);
    EXPECT_TRUE(std::isnan(y.span<float>()[0])) << place;
    EXPECT_FALSE(std::isnan(y.span<float>()[1])) << place;
  }
}

TEST(Pooling2D, ThreadsDoNotMoveABit) {
  const Tensor x = pattern({5, 9, 9, 16}, 1);
  const Tensor dy = pattern({5, 5, 5, 16}, 2);
  const int before = thread_count();
  LayerRun run(
      make_max_pooling2d("pool", {.pool_size = {3, 3}, .strides = {{2, 2}}, .padding = Padding::kSame}),
      {9, 9, 16});
  set_thread_count(1);
  const auto one = run.run(x, dy);
  set_thread_count(2);
  const auto two = run.run(x, dy);
  set_thread_count(before);
  EXPECT_EQ(difference(two.output.span<float>(), one.output.span<float>()), 0);
  EXPECT_EQ(difference(two.input_gradient.span<float>(), one.input_gradient.span<float>()), 0);
}

TEST(GlobalAveragePooling2D, IsTheMean) {
  LayerRun run(make_global_average_pooling2d("gap", {}), {3, 5, 7});
  ASSERT_EQ(run.output_sample(), Shape{7});
  const Tensor x = pattern({2, 3, 5, 7}, 1);
  const Tensor dy = pattern({2, 7}, 2);
  const auto result = run.run(x, dy);
  std::vector<double> y(14);
  std::vector<double> dx(x.span<float>().size());
  for (std::size_t i = 0; i < dx.size(); ++i) {
    const std::size_t o = i / 105 * 7 + i % 7;
    y[o] += x.span<float>()[i] / 15.0;
    dx[i] = dy.span<float>()[o] / 15.0;
  }
  EXPECT_LT(difference(result.output.span<float>(), y), 1e-6);
  EXPECT_LT(difference(result.input_gradient.span<float>(), dx), 1e-6);
}

TEST(GlobalMaxPooling2D, SharesTheGradientAmongTies) {
  LayerRun run(make_global_max_pooling2d("gmp", {.keepdims = true}), {2, 2, 2});
  ASSERT_EQ(run.output_sample(), (Shape{1, 1, 2}));
  Tensor x({1, 2, 2, 2});
  const std::vector<float> values{1, -5, 3, -2, 3, -4, 2, -3};
  std::copy(values.begin(), values.end(), x.span<float>().begin());
  Tensor dy({1, 1, 1, 2});
  dy.span<float>()[0] = 8;
  dy.span<float>()[1] = 6;
  const auto result = run.run(x, dy);
  EXPECT_EQ(result.output.span<float>()[0], 3);
  EXPECT_EQ(result.output.span<float>()[1], -2);
  const std::vector<double> expected{0, 0, 4, 6, 4, 0, 0, 0};
  EXPECT_EQ(difference(result.input_gradient.span<float>(), expected), 0);
}

TEST(ZeroPadding2D, PutsZerosAround) {
  LayerRun run(make_zero_padding2d("pad", {.padding = {{{1, 0}, {0, 2}}}}), {2, 1, 2});
  ASSERT_EQ(run.output_sample(), (Shape{3, 3, 2}));
  Tensor x({2, 2, 1, 2});
  float next = 0;
  for (float& value : x.span<float>()) value = ++next;
  Tensor dy({2, 3, 3, 2});
  for (float& value : dy.span<float>()) value = ++next;
  const auto result = run.run(x, dy);
  std::vector<double> expected(36);
  std::vector<double> gradient;
  for (const std::size_t place : {6U, 7U, 12U, 13U, 24U, 25U, 30U, 31U}) {
    expected[place] = static_cast<double>(gradient.size() + 1);
    gradient.push_back(dy.span<float>()[place]);
  }
  EXPECT_EQ(difference(result.output.span<float>(), expected), 0);
  EXPECT_EQ(difference(result.input_gradient.span<float>(), gradient), 0);
}

TEST(Pooling2D, RefusesWhatDoesNotFit) {
  const Shape small{1, 4, 3};
  const Shape flat{12};
  expect_error(
      ExitCode::kConfiguration, [&] { make_max_pooling2d("p", {})->build(std::span(&small, 1)); }, "p",
      "MaxPooling2D", "(1, 4, 3)", "(2, 2)");
  expect_error(
      ExitCode::kConfiguration, [&] { make_global_average_pooling2d("g", {})->build(std::span(&flat, 1)); },
      "g", "GlobalAveragePooling2D", "(12");
  expect_error(
      ExitCode::kConfiguration,
      [] {
        make_average_pooling2d("p", {.pool_size = {0, 1}});
      },
      "pool_size");
  expect_error(
      ExitCode::kConfiguration,
      [] {
        make_zero_padding2d("z", {.padding = {{{-1, 0}, {0, 0}}}});
      },
      "padding");
}

}  // namespace
}  // namespace ktrain::testing
