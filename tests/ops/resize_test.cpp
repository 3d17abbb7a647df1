#include "ops/resize.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

namespace ktrain {
namespace {

using Values = std::vector<float>;

Values ramp(std::int64_t count) {
  Values values(static_cast<std::size_t>(count));
  std::iota(values.begin(), values.end(), 1.0F);
  return values;
}

Values resized(const ImageSize& size, const Values& x, HeightWidth target, const ResizeOptions& options = {},
               std::optional<ImageBox> box = {}) {
  const ImageResize resize(size, box.value_or(ImageBox{0, 0, size.height, size.width}), target, options);
  Values y(static_cast<std::size_t>(resize.target().elements()));
  Values scratch(static_cast<std::size_t>(resize.scratch_elements()));
  resize.forward(x.data(), y.data(), scratch.data());
  return y;
}

void expect_near(const Values& measured, const Values& expected) {
  ASSERT_EQ(measured.size(), expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) EXPECT_NEAR(measured[i], expected[i], 1e-4) << i;
}

// keras.layers.Resizing(3, 3) of 1, 2, … 16 as 4 x 4.
TEST(Resize, IsKeras) {
  expect_near(resized({4, 4, 1}, ramp(16), {3, 3}),
              {1.8333F, 3.1667F, 4.5F, 7.1667F, 8.5F, 9.8333F, 12.5F, 13.8333F, 15.1667F});
  expect_near(resized({4, 4, 1}, ramp(16), {3, 3}, {.interpolation = Interpolation::kNearest}),
              {1, 3, 4, 9, 11, 12, 13, 15, 16});
}

// A ramp's inner pixels are reproduced by every kernel that reproduces lines.
TEST(Resize, LinesStayLines) {
  for (const Interpolation interpolation : {Interpolation::kBilinear, Interpolation::kBicubic}) {
    for (const std::int64_t target : {7, 20, 33}) {
      const Values y = resized({1, 20, 1}, ramp(20), {1, target}, {.interpolation = interpolation});
      for (std::int64_t i = target / 4; i < target - target / 4; ++i) {
        const double place = (static_cast<double>(i) + 0.5) * 20 / static_cast<double>(target) - 0.5 + 1;
        EXPECT_NEAR(y[static_cast<std::size_t>(i)], place, 1e-4) << target;
      }
    }
  }
}

TEST(Resize, ConstantsStayConstant) {
  for (const auto interpolation : {Interpolation::kNearest, Interpolation::kBilinear, Interpolation::kBicubic,
                                   Interpolation::kLanczos3, Interpolation::kLanczos5}) {
    for (const bool antialias : {false, true}) {
      for (const HeightWidth target : {HeightWidth{3, 5}, HeightWidth{40, 11}, HeightWidth{17, 1}}) {
        for (const float value : resized({17, 13, 2}, Values(17 * 13 * 2, 7), target,
                                         {.interpolation = interpolation, .antialias = antialias})) {
          EXPECT_NEAR(value, 7, 1e-5);
        }
      }
    }
  }
}

// With antialias the triangle over a halved axis has weights 1 3 3 1 over 8.
TEST(Resize, AntialiasWidensTheKernel) {
  const Values x = {0, 0, 8, 0, 0, 0, 0, 0};
  expect_near(resized({1, 8, 1}, x, {1, 4}, {.antialias = true}), {8 / 7.0F, 3, 0, 0});
  expect_near(resized({1, 8, 1}, x, {1, 4}), {0, 4, 0, 0});
}

TEST(Resize, BoxesAreTheMiddle) {
  const ImageBox crop = aspect_ratio_crop({10, 20}, {5, 5});
  EXPECT_EQ(crop.height, 10);
  EXPECT_EQ(crop.width, 10);
  EXPECT_EQ(crop.left, 5);
  const ImageBox pad = aspect_ratio_pad({10, 20}, {5, 5});
  EXPECT_EQ(pad.top, -5);
  EXPECT_EQ(pad.height, 20);
  EXPECT_EQ(pad.width, 20);
  // One row of the fill value above and one below: three rows become four.
  const Values y =
      resized({1, 4, 1}, {1, 2, 3, 4}, {4, 4}, {.fill_value = 9}, aspect_ratio_pad({1, 4}, {4, 4}));
  expect_near(y, {9, 9, 9, 9, 4, 4.625F, 5.25F, 5.875F, 4, 4.625F, 5.25F, 5.875F, 9, 9, 9, 9});
}

// <dy, resize(x)> = <backward(dy), x>.
TEST(Resize, BackwardIsTheTranspose) {
  for (const auto interpolation : {Interpolation::kNearest, Interpolation::kBicubic}) {
    const ImageSize size{7, 9, 2};
    const ImageResize resize(size, {1, -2, 5, 12}, {11, 4}, {.interpolation = interpolation});
    Values x(static_cast<std::size_t>(size.elements())), dx(x.size());
    Values y(static_cast<std::size_t>(resize.target().elements())), dy(y.size());
    Values scratch(static_cast<std::size_t>(resize.scratch_elements()));
    for (std::size_t i = 0; i < x.size(); ++i) x[i] = std::sin(static_cast<float>(i));
    for (std::size_t i = 0; i < dy.size(); ++i) dy[i] = std::cos(3 * static_cast<float>(i));
    resize.forward(x.data(), y.data(), scratch.data());
    resize.backward(dy.data(), dx.data(), scratch.data());
    EXPECT_NEAR(std::inner_product(y.begin(), y.end(), dy.begin(), 0.0),
                std::inner_product(x.begin(), x.end(), dx.begin(), 0.0), 1e-4);
  }
}

}  // namespace
}  // namespace ktrain
