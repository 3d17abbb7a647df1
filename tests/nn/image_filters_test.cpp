#include <algorithm>
#include <array>
#include <cmath>
#include <map>

#include "ktrain/core/error.h"
#include "ktrain/nn/layers/image_filters.h"
#include "ktrain/nn/layers/rand_augment.h"
#include "ktrain/nn/layers/random_color.h"
#include "ktrain/nn/layers/random_movement.h"
#include "ktrain/nn/layers/resizing.h"
#include "nn/image_inputs.h"
#include "nn/layer_harness.h"

namespace ktrain {
namespace {

TEST(AutoContrast, StretchesEachChannel) {
  LayerHarness harness(make_auto_contrast(kLayer, {0, 100}), {Shape{1, 3, 2}});
  std::vector<Tensor> x;
  x.push_back(tensor_of({1, 1, 3, 2}, {2, 7, 3, 7, 6, 7}));
  expect_near(harness.forward(x).span<float>(), {0, 7, 25, 7, 100, 7}, 1e-4);
  Tensor gradient(Shape{1, 1, 3, 2});
  EXPECT_THROW(harness.backward(gradient), Error);
}

// Straight lines stay straight, so that a grid of coordinates is mapped by one homography; its corners move
// by no more than half of the scale.
TEST(RandomPerspective, MovesCornersWithinTheScale) {
  LayerHarness harness(make_random_perspective(kLayer, {.factor = {1, 1}, .scale = 0.2, .fill_value = -99}),
                       {Shape{21, 31, 2}});
  std::vector<Tensor> x;
  x.emplace_back(Shape{100, 21, 31, 2});
  const auto pixels = x[0].span<float>();
  for (std::size_t i = 0; i < pixels.size(); i += 2) {
    pixels[i] = static_cast<float>(i / 2 % 31);
    pixels[i + 1] = static_cast<float>(i / 62 % 21);
  }
  const Tensor y = harness.forward(x);
  for (std::int64_t row = 0; row < 100; ++row) {
    const auto image = row_of(y, row);
    const auto at = [&](std::size_t r, std::size_t c, std::size_t channel) {
      return image[(r * 31 + c) * 2 + channel];
    };
    // The corner at the origin stays; the middle moves by at most about a tenth of the sides.
    EXPECT_NEAR(at(0, 0, 0), 0, 1e-4);
    EXPECT_NEAR(at(0, 0, 1), 0, 1e-4);
    EXPECT_NEAR(at(10, 15, 0), 15, 4);
    EXPECT_NEAR(at(10, 15, 1), 10, 3);
    // Three points of a line of the output lie on a line of the input.
    const double ax = at(5, 6, 0), ay = at(5, 6, 1), bx = at(8, 10, 0), by = at(8, 10, 1), cx = at(14, 18, 0),
                 cy = at(14, 18, 1);
    EXPECT_NEAR((bx - ax) * (cy - ay) - (by - ay) * (cx - ax), 0, 1e-2);
  }
  LayerHarness still(make_random_perspective(kLayer, {.factor = {1, 1}, .scale = 0}), {Shape{6, 5, 3}});
  const std::vector<Tensor> same = images({2, 6, 5, 3});
  const Tensor unmoved = still.forward(same);
  for (std::size_t i = 0; i < 180; ++i) EXPECT_NEAR(unmoved.span<float>()[i], same[0].span<float>()[i], 1e-5);
}

// A ramp tells where a pixel was read: moves of mean 0 whose variance and correlation are those of blurred
// noise.
TEST(RandomElasticTransform, MovesAreBlurredNoise) {
  constexpr std::int64_t kImages = 4000, kHeight = 21, kWidth = 31;
  LayerHarness harness(make_random_elastic_transform(
                           kLayer, {.factor = {1, 1}, .scale = {0.5, 0.5}, .value_range = {-99, 99}}),
                       {Shape{kHeight, kWidth, 2}});
  std::vector<Tensor> x;
  x.emplace_back(Shape{kImages, kHeight, kWidth, 2});
  const auto pixels = x[0].span<float>();
  for (std::size_t i = 0; i < pixels.size(); i += 2) {
    pixels[i] = static_cast<float>(i / 2 % kWidth);
    pixels[i + 1] = static_cast<float>(i / 2 / kWidth % kHeight);
  }
  const Tensor y = harness.forward(x);
  // 31 · 0.1 · 0.5 pixels; 21 · 0.05 · 0.5 = 0.525, of which six are 3 weights.
  const double reach = 1.55, sigma = 0.525;
  const double side = std::exp(-0.5 / (sigma * sigma)), sum = 1 + 2 * side;
  const double squares = (1 + 2 * side * side) / (sum * sum), neighbours = 2 * side / (sum * sum);
  const double variance = reach * reach * sigma * sigma * squares * squares;
  std::array<double, 2> mean = {}, square = {}, beside = {};
  double across = 0;
  for (std::int64_t row = 0; row < kImages; ++row) {
    const auto image = row_of(y, row);
    const auto move = [&](std::size_t column, std::size_t channel) {
      return double{image[(10 * kWidth + column) * 2 + channel]} - (channel == 0 ? double(column) : 10.0);
    };
    for (std::size_t channel : {0U, 1U}) {
      mean[channel] += move(15, channel) / kImages;
      square[channel] += move(15, channel) * move(15, channel) / kImages;
      beside[channel] += move(15, channel) * move(16, channel) / kImages;
    }
    across += move(15, 0) * move(15, 1) / kImages;
  }
  // Five standard errors.
  const double error = 5 * variance / std::sqrt(double{kImages});
  for (std::size_t channel : {0U, 1U}) {
    EXPECT_NEAR(mean[channel], 0, 5 * std::sqrt(variance / kImages));
    EXPECT_NEAR(square[channel], variance, error * std::sqrt(2.0));
    EXPECT_NEAR(beside[channel], variance * neighbours / squares, error * std::sqrt(2.0));
  }
  EXPECT_NEAR(across, 0, error);
}

TEST(RandomElasticTransform, ClipsAndLeavesSomeImages) {
  LayerHarness harness(make_random_elastic_transform(kLayer, {.factor = {0.3, 0.3}, .value_range = {0, 20}}),
                       {Shape{5, 30, 1}});
  std::vector<Tensor> x;
  x.emplace_back(Shape{2000, 5, 30, 1});
  for (std::size_t i = 0; i < 2000 * 150; ++i) x[0].span<float>()[i] = static_cast<float>(i % 30);
  const Tensor y = harness.forward(x);
  int still = 0;
  for (std::int64_t row = 0; row < 2000; ++row) {
    const auto image = row_of(y, row);
    EXPECT_EQ(std::ranges::max(image), 20);
    still += std::ranges::equal(image.first(20), row_of(x[0], 0).first(20)) ? 1 : 0;
  }
  EXPECT_NEAR(still, 1400, 5 * std::sqrt(2000 * 0.3 * 0.7));
}

TEST(Equalization, ValuesBecomeTheirRanks) {
  LayerHarness harness(make_equalization(kLayer, {}), {Shape{1, 5, 1}});
  std::vector<Tensor> x;
  x.push_back(tensor_of({2, 1, 5, 1}, {10, 20, 20, 200, 255, 7, 7, 7, 7, 7}));
  // Below or at 20 are 3 of 5 pixels, 1 of which is in the first bin: (3 - 1) 255 / 4 rounded to even.
  expect_near(harness.forward(x).span<float>(), {0, 128, 128, 191, 255, 7, 7, 7, 7, 7}, 1e-4);
  const Tensor gradient = tensor_of({2, 1, 5, 1}, {1, 2, 3, 4, 5, 1, 2, 3, 4, 5});
  expect_near(harness.backward(gradient)[0].span<float>(), {0, 0, 0, 0, 0, 1, 2, 3, 4, 5}, 0);
  LayerHarness scaled(make_equalization(kLayer, {.value_range = {0, 1}}), {Shape{1, 5, 1}});
  x.clear();
  x.push_back(tensor_of({1, 1, 5, 1}, {0, 0.25F, 0.25F, 0.5F, 1}));
  expect_near(scaled.forward(x).span<float>(), {0, 128 / 255.0, 128 / 255.0, 191 / 255.0, 1}, 1e-5);
}

TEST(RandAugment, DoesAsManyOperationsAsAsked) {
  const std::vector<Tensor> x = same_images(200);
  const RandAugmentOptions options = {.value_range = {-1, 1}, .num_ops = 0};
  LayerHarness none(make_rand_augment(kLayer, options), {Shape{6, 5, 3}});
  EXPECT_TRUE(std::ranges::equal(none.forward(x).span<float>(), x[0].span<float>()));
  LayerHarness two(make_rand_augment(kLayer, {.value_range = {-1, 1}, .num_ops = 2}), {Shape{6, 5, 3}});
  const Tensor y = two.forward(x);
  EXPECT_TRUE(std::ranges::equal(two.forward(x, {150, 50}).span<float>(), y.span<float>()));
  int unchanged = 0;
  for (std::int64_t row = 0; row < 200; ++row) {
    unchanged += std::ranges::equal(row_of(y, row), row_of(x[0], row)) ? 1 : 0;
  }
  EXPECT_LT(unchanged, 20);
  Tensor gradient(Shape{200, 6, 5, 3});
  EXPECT_THROW(two.backward(gradient), Error);
}

}  // namespace
}  // namespace ktrain
