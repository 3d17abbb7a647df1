#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <limits>
#include <vector>

#include "ktrain/nn/layers/adaptive_pooling.h"
#include "ktrain/nn/layers/global_pooling.h"
#include "ktrain/nn/layers/pooling.h"
#include "nn/grid.h"
#include "nn/layer_harness.h"
#include "nn/layer_run.h"
#include "support/expect_error.h"

namespace ktrain::testing {
namespace {

/// The inputs [first, second) that an output along an axis is made of.
using SpanOf = std::function<std::pair<std::int64_t, std::int64_t>(int axis, std::int64_t output)>;

/// For each element of the output the elements of the input in its window, row by row.
std::vector<std::vector<std::size_t>> windows(const Shape& input, const Shape& output, const SpanOf& span) {
  std::vector<std::vector<std::size_t>> all;
  for (std::int64_t index = 0; index < output.elements(); ++index) {
    const auto at = coordinates(output, index);
    Shape box = output;
    for (int axis = 1; axis < output.rank() - 1; ++axis) {
      const auto [begin, end] = span(axis - 1, at[static_cast<std::size_t>(axis)]);
      box[axis] = end - begin;
    }
    box[0] = box[-1] = 1;
    std::vector<std::size_t> window;
    for (std::int64_t inner = 0; inner < box.elements(); ++inner) {
      auto place = coordinates(box, inner);
      place.front() = at.front();
      place.back() = at.back();
      for (int axis = 1; axis < output.rank() - 1; ++axis) {
        const auto i = static_cast<std::size_t>(axis);
        place[i] += span(axis - 1, at[i]).first;
      }
      window.push_back(index_of(input, place));
    }
    all.push_back(window);
  }
  return all;
}

void expect_average(std::unique_ptr<Layer> layer, const Shape& sample, const Shape& output,
                    const SpanOf& span) {
  LayerRun run(std::move(layer), sample);
  ASSERT_EQ(run.output_sample(), output);
  const Tensor x = pattern(sample.batched(2), 1);
  const Tensor dy = pattern(output.batched(2), 2);
  const auto result = run.run(x, dy);
  std::vector<double> y;
  std::vector<double> dx(x.span<float>().size());
  for (const auto& window : windows(x.shape(), dy.shape(), span)) {
    double mean = 0;
    for (const std::size_t i : window) {
      mean += x.span<float>()[i] / static_cast<double>(window.size());
      dx[i] += dy.span<float>()[y.size()] / static_cast<double>(window.size());
    }
    y.push_back(mean);
  }
  EXPECT_LT(difference(result.output.span<float>(), y), 2e-6);
  EXPECT_LT(difference(result.input_gradient.span<float>(), dx), 2e-6);
}

/// Without ties.
void expect_max(std::unique_ptr<Layer> layer, const Shape& sample, const Shape& output, const SpanOf& span) {
  LayerRun run(std::move(layer), sample);
  ASSERT_EQ(run.output_sample(), output);
  const Tensor x = pattern(sample.batched(2), 1);
  const Tensor dy = pattern(output.batched(2), 2);
  const auto result = run.run(x, dy);
  std::vector<double> y;
  std::vector<double> dx(x.span<float>().size());
  for (const auto& window : windows(x.shape(), dy.shape(), span)) {
    const std::size_t largest =
        *std::ranges::max_element(window, {}, [&](std::size_t i) { return x.span<float>()[i]; });
    dx[largest] += dy.span<float>()[y.size()];
    y.push_back(x.span<float>()[largest]);
  }
  EXPECT_EQ(difference(result.output.span<float>(), y), 0);
  EXPECT_LT(difference(result.input_gradient.span<float>(), dx), 1e-6);
}

/// Windows of `pool` every `stride` by Keras's padding arithmetic.
SpanOf sliding(const Shape& sample, std::int64_t pool, std::int64_t stride, Padding padding) {
  return [=](int axis, std::int64_t output) {
    const std::int64_t n = sample[axis];
    const std::int64_t total = std::max<std::int64_t>(((n + stride - 1) / stride - 1) * stride + pool - n, 0);
    const std::int64_t first = output * stride - (padding == Padding::kSame ? total / 2 : 0);
    return std::pair{std::max<std::int64_t>(first, 0), std::min(first + pool, n)};
  };
}

Shape slid(const Shape& sample, std::int64_t pool, std::int64_t stride, Padding padding) {
  Shape output = sample;
  for (int axis = 0; axis < sample.rank() - 1; ++axis) {
    output[axis] =
        padding == Padding::kSame ? (sample[axis] + stride - 1) / stride : (sample[axis] - pool) / stride + 1;
  }
  return output;
}

TEST(Pooling, SlidesInOneAndThreeDimensions) {
  for (const Padding padding : {Padding::kValid, Padding::kSame}) {
    for (const std::int64_t channels : {3, 70}) {
      for (const auto& [pool, stride] :
           {std::pair<std::int64_t, std::int64_t>{2, 2}, {3, 2}, {3, 1}, {1, 2}, {2, 3}}) {
        const Shape steps{9, channels};
        const Pooling1DOptions one{.pool_size = {pool}, .strides = {{stride}}, .padding = padding};
        expect_max(make_max_pooling1d("p", one), steps, slid(steps, pool, stride, padding),
                   sliding(steps, pool, stride, padding));
        expect_average(make_average_pooling1d("p", one), steps, slid(steps, pool, stride, padding),
                       sliding(steps, pool, stride, padding));
        const Shape volume{4, 5, 7, channels};
        const Pooling3DOptions three{
            .pool_size = each_axis<3>(pool), .strides = each_axis<3>(stride), .padding = padding};
        expect_max(make_max_pooling3d("p", three), volume, slid(volume, pool, stride, padding),
                   sliding(volume, pool, stride, padding));
        expect_average(make_average_pooling3d("p", three), volume, slid(volume, pool, stride, padding),
                       sliding(volume, pool, stride, padding));
      }
    }
  }
}

TEST(AdaptivePooling, CutsTheInputIntoAsManyPieces) {
  const Shape sample{5, 8, 7, 3};
  for (const Spatial<3>& size : {Spatial<3>{2, 3, 4}, {1, 1, 1}, {5, 8, 7}, {9, 2, 3}}) {
    const auto span = [&](int axis, std::int64_t output) {
      const auto n = static_cast<double>(sample[axis]);
      const auto outputs = static_cast<double>(size[static_cast<std::size_t>(axis)]);
      const auto o = static_cast<double>(output);
      return std::pair{static_cast<std::int64_t>(std::floor(o * n / outputs)),
                       static_cast<std::int64_t>(std::ceil((o + 1) * n / outputs))};
    };
    const Shape output{size[0], size[1], size[2], 3};
    expect_average(make_adaptive_average_pooling3d("a", {.output_size = size}), sample, output, span);
    expect_max(make_adaptive_max_pooling3d("a", {.output_size = size}), sample, output, span);
  }
}

/// Keras pools the height first: the upmost of the leftmost.
TEST(AdaptiveMaxPooling, TakesTheFirstOfTiesColumnByColumn) {
  LayerRun run(make_adaptive_max_pooling2d("a", {.output_size = {1, 1}}), {2, 2, 1});
  const Tensor x = tensor_of({1, 2, 2, 1}, {0, 1, 1, 0});
  const auto result = run.run(x, tensor_of({1, 1, 1, 1}, {6}));
  EXPECT_EQ(difference(result.input_gradient.span<float>(), std::vector<double>{0, 0, 6, 0}), 0);
  LayerRun rows(make_max_pooling2d("m", {}), {2, 2, 1});
  const auto by_rows = rows.run(x, tensor_of({1, 1, 1, 1}, {6}));
  EXPECT_EQ(difference(by_rows.input_gradient.span<float>(), std::vector<double>{0, 6, 0, 0}), 0);
}

TEST(GlobalPooling, IsOverAllAxes) {
  const SpanOf steps = [](int, std::int64_t) { return std::pair<std::int64_t, std::int64_t>{0, 5}; };
  expect_average(make_global_average_pooling1d("g", {.keepdims = true}), {5, 3}, {1, 3}, steps);
  expect_max(make_global_max_pooling1d("g", {.keepdims = true}), {5, 3}, {1, 3}, steps);
  const SpanOf volume = [](int axis, std::int64_t) {
    return std::pair<std::int64_t, std::int64_t>{0, 2 + axis};
  };
  expect_average(make_global_average_pooling3d("g", {.keepdims = true}), {2, 3, 4, 5}, {1, 1, 1, 5}, volume);
  expect_max(make_global_max_pooling3d("g", {.keepdims = true}), {2, 3, 4, 5}, {1, 1, 1, 5}, volume);
  EXPECT_EQ(LayerRun(make_global_max_pooling3d("g", {}), {2, 3, 4, 5}).output_sample(), Shape{5});
  EXPECT_EQ(LayerRun(make_global_average_pooling1d("g", {}), {2, 5}).output_sample(), Shape{5});
}

TEST(GlobalAveragePooling1D, LeavesMaskedStepsOut) {
  LayerHarness harness(make_global_average_pooling1d("g", {}), {Shape{3, 2}, Shape{3}});
  std::vector<Tensor> inputs;
  inputs.push_back(tensor_of({3, 3, 2}, {1, 2, 3, 4, 5, 6, -1, -2, -3, -4, -5, -6, 7, 7, 7, 7, 7, 7}));
  inputs.push_back(tensor_of({3, 3}, {1, 0, 1, 0, 1, 0, 0, 0, 0}));
  inputs[0].span<float>()[2] = std::numeric_limits<float>::infinity();
  const Tensor y = harness.forward(inputs);
  EXPECT_EQ(y.span<float>()[0], 3);
  EXPECT_EQ(y.span<float>()[1], 4);
  EXPECT_EQ(y.span<float>()[2], -3);
  EXPECT_EQ(y.span<float>()[3], -4);
  EXPECT_TRUE(std::isnan(y.span<float>()[4]));  // as Keras: 0 / 0
  const auto gradients = harness.backward(tensor_of({3, 2}, {8, 6, 3, 2, 1, 1}));
  expect_near(gradients[0].span<float>(), {4, 3, 0, 0, 4, 3, 0, 0, 3, 2, 0, 0, 0, 0, 0, 0, 0, 0}, 0);
}

TEST(Pooling, RefusesWhatDoesNotFitInItsDimension) {
  const Shape image{4, 4, 1};
  const Shape steps{4, 1};
  const std::array<Shape, 2> wrong_mask{Shape{4, 1}, Shape{3}};
  const auto refuses = [](const auto& make, const char* why) {
    expect_error(
        ExitCode::kConfiguration, [&] { make(); }, "'p'", why);
  };
  refuses([&] { make_max_pooling1d("p", {})->build(std::span(&image, 1)); }, "(steps, C)");
  refuses([&] { make_global_max_pooling3d("p", {})->build(std::span(&image, 1)); }, "(D, H, W, C)");
  refuses([&] { make_average_pooling1d("p", {.pool_size = {5}})->build(std::span(&steps, 1)); }, "(5,)");
  refuses([&] { make_global_average_pooling1d("p", {})->build(wrong_mask); }, "mask");
  refuses([&] { make_adaptive_max_pooling1d("p", {.output_size = {0}}); }, "output_size");
  refuses([&] { make_max_pooling1d("p", {.padding = Padding::kCausal}); }, "causal");
}

}  // namespace
}  // namespace ktrain::testing
