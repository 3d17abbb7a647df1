#include <gtest/gtest.h>

#include <utility>
#include <vector>

#include "ktrain/nn/layers/cropping.h"
#include "ktrain/nn/layers/permute.h"
#include "ktrain/nn/layers/repeat_vector.h"
#include "ktrain/nn/layers/up_sampling.h"
#include "ktrain/nn/layers/zero_padding.h"
#include "nn/grid.h"
#include "nn/layer_harness.h"
#include "nn/layer_run.h"
#include "support/expect_error.h"

namespace ktrain::testing {
namespace {

struct PermuteCase {
  Shape sample;
  std::vector<int> dims;
};

TEST(Permute, MovesAxes) {
  const std::vector<PermuteCase> cases{{{3, 5}, {2, 1}},
                                       {{3, 8, 9}, {2, 3, 1}},
                                       {{7, 5, 33}, {3, 1, 2}},
                                       {{17, 1, 4}, {3, 2, 1}},
                                       {{17, 2, 4}, {2, 1, 3}},
                                       {{1, 1}, {2, 1}},
                                       {{2, 3, 4, 5}, {4, 2, 1, 3}},
                                       {{16, 4, 3, 2}, {2, 3, 4, 1}},
                                       {{2, 3, 4, 5, 6}, {5, 3, 1, 4, 2}}};
  for (const PermuteCase& c : cases) {
    for (const std::int64_t rows : {1, 3}) {
      LayerRun run(make_permute("permute", {.dims = c.dims}), c.sample);
      const Tensor x = pattern(c.sample.batched(rows), 1);
      const Tensor dy = pattern(run.output_sample().batched(rows), 2);
      const auto result = run.run(x, dy);
      for (std::int64_t i = 0; i < dy.shape().elements(); ++i) {
        const auto to = coordinates(dy.shape(), i);
        std::vector<std::int64_t> from{to[0]};
        from.resize(to.size());
        for (std::size_t axis = 1; axis < to.size(); ++axis) {
          from[static_cast<std::size_t>(c.dims[axis - 1])] = to[axis];
        }
        const std::size_t at = index_of(x.shape(), from);
        ASSERT_EQ(result.output.span<float>()[static_cast<std::size_t>(i)], x.span<float>()[at]) << c.sample;
        ASSERT_EQ(result.input_gradient.span<float>()[at], dy.span<float>()[static_cast<std::size_t>(i)]);
      }
    }
  }
}

TEST(Permute, RefusesWhatIsNoOrder) {
  const Shape image{2, 3, 4};
  for (const auto& dims : {std::vector<int>{0, 1}, {1, 3}, {2, 2}, {1, -1}}) {
    expect_error(
        ExitCode::kConfiguration, [&] { make_permute("p", {.dims = dims}); }, "'p'", "Permute", "dims");
  }
  expect_error(
      ExitCode::kConfiguration,
      [&] {
        make_permute("p", {.dims = {2, 1}})->build(std::span(&image, 1));
      },
      "(2, 3, 4)");
  EXPECT_TRUE(make_permute("p", {.dims = {1, 2}})->passes_through(true));
  EXPECT_FALSE(make_permute("p", {.dims = {2, 1}})->passes_through(true));
}

/// Crops are what padding takes back: y of x and dx of dy.
TEST(Margins, PaddingIsZerosAroundAndCroppingTakesThemOff) {
  const Margins<3> margins{{{1, 0}, {0, 2}, {2, 1}}};
  const Shape inner{2, 3, 4, 5};
  const Shape outer{3, 5, 7, 5};
  LayerRun padding(make_zero_padding3d("pad", {.padding = margins}), inner);
  LayerRun cropping(make_cropping3d("crop", {.cropping = margins}), outer);
  ASSERT_EQ(padding.output_sample(), outer);
  ASSERT_EQ(cropping.output_sample(), inner);
  const Tensor small = pattern(inner.batched(2), 1);
  const Tensor large = pattern(outer.batched(2), 2);
  const auto padded = padding.run(small, large);
  const auto cropped = cropping.run(large, small);
  EXPECT_EQ(difference(padded.output.span<float>(), std::as_const(cropped.input_gradient).span<float>()), 0);
  EXPECT_EQ(difference(padded.input_gradient.span<float>(), std::as_const(cropped.output).span<float>()), 0);
  for (std::int64_t i = 0; i < large.shape().elements(); ++i) {
    auto at = coordinates(large.shape(), i);
    bool inside = true;
    for (std::size_t axis = 1; axis < 4; ++axis) {
      at[axis] -= margins[axis - 1][0];
      inside = inside && at[axis] >= 0 && at[axis] < inner[static_cast<int>(axis) - 1];
    }
    const float expected = inside ? small.span<float>()[index_of(small.shape(), at)] : 0.0F;
    ASSERT_EQ(padded.output.span<float>()[static_cast<std::size_t>(i)], expected);
  }
}

TEST(Margins, HaveOneAndTwoDimensions) {
  const auto steps =
      LayerRun(make_cropping1d("crop", {}), {4, 1}).forward(tensor_of({1, 4, 1}, {1, 2, 3, 4}));
  expect_near(steps.span<float>(), {2, 3}, 0);
  const auto padded = LayerRun(make_zero_padding1d("pad", {.padding = {{{0, 2}}}}), {1, 2})
                          .forward(tensor_of({1, 1, 2}, {1, 2}));
  expect_near(padded.span<float>(), {1, 2, 0, 0, 0, 0}, 0);
  const auto image = LayerRun(make_cropping2d("crop", {.cropping = {{{1, 0}, {0, 1}}}}), {2, 2, 1})
                         .forward(tensor_of({1, 2, 2, 1}, {1, 2, 3, 4}));
  expect_near(image.span<float>(), {3}, 0);
  const Shape sample{2, 1};
  expect_error(
      ExitCode::kConfiguration, [&] { make_cropping1d("crop", {})->build(std::span(&sample, 1)); }, "'crop'",
      "Cropping1D", "(2, 1)");
  expect_error(
      ExitCode::kConfiguration,
      [] {
        make_cropping1d("crop", {.cropping = {{{-1, 0}}}});
      },
      "cropping");
}

/// y at a place is x at that place divided by the sizes; dx is the sum over the places.
TEST(UpSampling, RepeatsElements) {
  const Spatial<3> size{2, 1, 3};
  for (const std::int64_t channels : {1, 3, 17}) {
    const Shape sample{2, 3, 2, channels};
    LayerRun run(make_up_sampling3d("up", {.size = size}), sample);
    ASSERT_EQ(run.output_sample(), (Shape{4, 3, 6, channels}));
    const Tensor x = pattern(sample.batched(2), 1);
    const Tensor dy = pattern(run.output_sample().batched(2), 2);
    const auto result = run.run(x, dy);
    std::vector<double> dx(x.span<float>().size());
    for (std::int64_t i = 0; i < dy.shape().elements(); ++i) {
      auto at = coordinates(dy.shape(), i);
      for (std::size_t axis = 1; axis < 4; ++axis) at[axis] /= size[axis - 1];
      const std::size_t from = index_of(x.shape(), at);
      const auto place = static_cast<std::size_t>(i);
      ASSERT_EQ(result.output.span<float>()[place], x.span<float>()[from]);
      dx[from] += dy.span<float>()[place];
    }
    EXPECT_LT(difference(result.input_gradient.span<float>(), dx), 1e-6);
  }
}

TEST(UpSampling, HasOneAndTwoDimensions) {
  const auto steps = LayerRun(make_up_sampling1d("up", {}), {2, 1}).forward(tensor_of({1, 2, 1}, {1, 2}));
  expect_near(steps.span<float>(), {1, 1, 2, 2}, 0);
  const auto image = LayerRun(make_up_sampling2d("up", {.size = {2, 1}}), {1, 2, 1})
                         .forward(tensor_of({1, 1, 2, 1}, {1, 2}));
  expect_near(image.span<float>(), {1, 2, 1, 2}, 0);
  expect_error(
      ExitCode::kConfiguration,
      [] {
        make_up_sampling2d("up", {.size = {0, 1}, .interpolation = Interpolation::kBilinear});
      },
      "'up'", "UpSampling2D", "size");
}

/// Linear between the pixels' centres, which are at 1/4 and 3/4 of a pixel; constant beyond the first and
/// last.
TEST(UpSampling, Interpolates) {
  LayerRun run(make_up_sampling2d("up", {.size = {1, 2}, .interpolation = Interpolation::kBilinear}),
               {1, 3, 1});
  ASSERT_EQ(run.output_sample(), (Shape{1, 6, 1}));
  const auto result =
      run.run(tensor_of({1, 1, 3, 1}, {0, 4, 8}), tensor_of({1, 1, 6, 1}, {1, 0, 0, 8, 0, 0}));
  expect_near(result.output.span<float>(), {0, 1, 3, 5, 7, 8}, 1e-6);
  expect_near(result.input_gradient.span<float>(), {1, 6, 2}, 1e-6);
}

TEST(RepeatVector, RepeatsIt) {
  LayerRun run(make_repeat_vector("r", {.n = 3}), {2});
  ASSERT_EQ(run.output_sample(), (Shape{3, 2}));
  const auto result =
      run.run(tensor_of({2, 2}, {1, 2, 3, 4}), tensor_of({2, 3, 2}, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}));
  expect_near(result.output.span<float>(), {1, 2, 1, 2, 1, 2, 3, 4, 3, 4, 3, 4}, 0);
  expect_near(result.input_gradient.span<float>(), {9, 12, 27, 30}, 0);
  expect_error(
      ExitCode::kConfiguration, [] { make_repeat_vector("r", {.n = 0}); }, "'r'", "RepeatVector", "n must");
}

}  // namespace
}  // namespace ktrain::testing
