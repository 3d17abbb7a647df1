#include "ops/affine.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>
#include <vector>

namespace ktrain {
namespace {

using Values = std::vector<float>;

/// The row a b c d, shifted so that 5 pixels before it and after it are seen.
Values around(FillMode mode) {
  Values y;
  for (int column = -5; column < 9; ++column) {
    float value = 0;
    const Values image = {1, 2, 3, 4};
    sample_pixel({1, 4, 1}, {Interpolation::kNearest, mode, 7}, image.data(), 0, column, &value);
    y.push_back(value);
  }
  return y;
}

TEST(Affine, FillModesAreKeras) {
  EXPECT_EQ(around(FillMode::kConstant), (Values{7, 7, 7, 7, 7, 1, 2, 3, 4, 7, 7, 7, 7, 7}));
  EXPECT_EQ(around(FillMode::kNearest), (Values{1, 1, 1, 1, 1, 1, 2, 3, 4, 4, 4, 4, 4, 4}));
  EXPECT_EQ(around(FillMode::kReflect), (Values{4, 4, 3, 2, 1, 1, 2, 3, 4, 4, 3, 2, 1, 1}));
  EXPECT_EQ(around(FillMode::kMirror), (Values{2, 3, 4, 3, 2, 1, 2, 3, 4, 3, 2, 1, 2, 3}));
  EXPECT_EQ(around(FillMode::kWrap), (Values{4, 1, 2, 3, 4, 1, 2, 3, 4, 1, 2, 3, 4, 1}));
}

TEST(Affine, BilinearWeighsFourPixels) {
  const Values image = {1, 2, 3, 4};
  float value = 0;
  const Sampling sampling{Interpolation::kBilinear, FillMode::kConstant, 10};
  sample_pixel({2, 2, 1}, sampling, image.data(), 0.25, 0.5, &value);
  EXPECT_NEAR(value, 0.75 * 1.5 + 0.25 * 3.5, 1e-6);
  // Half of the fill value beyond the right edge.
  sample_pixel({2, 2, 1}, sampling, image.data(), 0, 1.5, &value);
  EXPECT_NEAR(value, 0.5 * 2 + 0.5 * 10, 1e-6);
}

TEST(Affine, NearestRoundsHalvesAwayFromZero) {
  const Values image = {1, 2, 3, 4};
  const Sampling sampling{Interpolation::kNearest, FillMode::kNearest, 0};
  for (const auto& [column, expected] : {std::pair(0.5, 2.0F), {1.49, 2.0F}, {2.5, 4.0F}}) {
    float value = 0;
    sample_pixel({1, 4, 1}, sampling, image.data(), 0, column, &value);
    EXPECT_EQ(value, expected) << column;
  }
}

TEST(Affine, MapsColumnsAndRows) {
  const Values x = {1, 2, 3, 4, 5, 6};
  Values y(6);
  // Mirrored to the left, then upside down.
  affine_forward({2, 3, 1}, {.a0 = -1, .a2 = 2}, {}, x.data(), y.data());
  EXPECT_EQ(y, (Values{3, 2, 1, 6, 5, 4}));
  affine_forward({2, 3, 1}, {.b1 = -1, .b2 = 1}, {}, x.data(), y.data());
  EXPECT_EQ(y, (Values{4, 5, 6, 1, 2, 3}));
}

// <dy, f(x)> = <backward(dy), x> where nothing is filled in.
TEST(Affine, BackwardIsTheTranspose) {
  const ImageSize size{5, 6, 2};
  const AffineMap map{0.8, 0.3, -1.2, -0.4, 1.1, 0.7};
  for (const auto mode :
       {FillMode::kNearest, FillMode::kReflect, FillMode::kWrap, FillMode::kConstant, FillMode::kMirror}) {
    Values x(60), y(60), dy(60), dx(60);
    for (std::size_t i = 0; i < 60; ++i) {
      x[i] = std::sin(static_cast<float>(i));
      dy[i] = std::cos(3 * static_cast<float>(i));
    }
    const Sampling sampling{Interpolation::kBilinear, mode, 0};
    affine_forward(size, map, sampling, x.data(), y.data());
    affine_backward(size, map, sampling, dy.data(), dx.data());
    EXPECT_NEAR(std::inner_product(y.begin(), y.end(), dy.begin(), 0.0),
                std::inner_product(x.begin(), x.end(), dx.begin(), 0.0), 1e-4);
  }
}

}  // namespace
}  // namespace ktrain
