#include <algorithm>
#include <array>
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

/// Layers that draw, for (6, 5, 3) images.
std::vector<std::unique_ptr<Layer>> random_layers(const ImageLayerOptions& layer = kLayer) {
  std::vector<std::unique_ptr<Layer>> layers;
  layers.push_back(make_random_crop(layer, {3, 2}));
  layers.push_back(make_random_flip(layer, {}));
  layers.push_back(make_random_rotation(layer, {.factor = {-0.5, 0.5}}));
  layers.push_back(make_random_zoom(layer, {.height_factor = {-0.5, 0.5}}));
  layers.push_back(make_random_translation(layer, {.height_factor = {-1, 1}, .width_factor = {-1, 1}}));
  layers.push_back(make_random_shear(layer, {.x_factor = {0, 1}, .y_factor = {0, 1}}));
  layers.push_back(make_random_brightness(layer, {.factor = {-0.5, 0.5}, .value_range = {-9, 9}}));
  layers.push_back(make_random_contrast(layer, {.factor = {0.5, 0.5}, .value_range = {-9, 9}}));
  layers.push_back(make_random_saturation(layer, {.factor = {0.2, 0.7}}));
  layers.push_back(make_random_hue(layer, {.factor = {0, 0.5}, .value_range = {-2, 2}}));
  layers.push_back(
      make_random_color_jitter(layer, {.brightness = RandomBrightnessOptions{{-0.1, 0.1}, {-9, 9}},
                                       .contrast = RandomContrastOptions{{0.1, 0.1}, {-9, 9}},
                                       .saturation = RandomSaturationOptions{{0.2, 0.7}, {-9, 9}},
                                       .hue = RandomHueOptions{{0, 0.5}, {-9, 9}}}));
  layers.push_back(make_random_grayscale(layer, 0.5));
  layers.push_back(make_random_color_degeneration(layer, {.factor = {-0.5, 0.5}, .value_range = {-9, 9}}));
  layers.push_back(make_random_invert(layer, {}));
  layers.push_back(make_solarization(layer, {.addition_factor = {0, 0.2}, .value_range = {-2, 2}}));
  layers.push_back(make_random_sharpness(layer, {.factor = {0, 1}, .value_range = {-9, 9}}));
  layers.push_back(make_random_gaussian_blur(layer, {.sigma = {0.3, 1}, .value_range = {-9, 9}}));
  layers.push_back(make_random_erasing(layer, {.scale = {0.1, 0.5}}));
  layers.push_back(make_random_perspective(layer, {.factor = {1, 1}, .scale = 0.5}));
  layers.push_back(
      make_random_elastic_transform(layer, {.factor = {1, 1}, .scale = {2, 3}, .value_range = {-9, 9}}));
  return layers;
}

TEST(ImageLayers, RowCutsDoNotMatter) {
  for (auto& layer : random_layers()) {
    LayerHarness harness(std::move(layer), {Shape{6, 5, 3}});
    harness.step.first_position = 12;
    const std::vector<Tensor> x = same_images(10);
    const Tensor whole = harness.forward(x), cut = harness.forward(x, {4, 1, 5});
    EXPECT_TRUE(std::ranges::equal(whole.span<float>(), cut.span<float>())) << harness.layer().class_name();
    bool alike = true;
    for (std::int64_t row = 1; row < 10; ++row) {
      alike = alike && std::ranges::equal(row_of(whole, 0), row_of(whole, row));
    }
    EXPECT_FALSE(alike) << harness.layer().class_name();
  }
}

TEST(ImageLayers, SeedAndEpochChooseTheNumbers) {
  const std::vector<Tensor> x = images({8, 6, 5, 3});
  for (std::size_t i = 0; i < random_layers().size(); ++i) {
    LayerHarness harness(std::move(random_layers()[i]), {Shape{6, 5, 3}});
    LayerHarness seeded(std::move(random_layers({.name = "layer", .seed = 7})[i]), {Shape{6, 5, 3}});
    const Tensor first = harness.forward(x), own = seeded.forward(x);
    harness.step.epoch = 1;
    EXPECT_FALSE(std::ranges::equal(harness.forward(x).span<float>(), first.span<float>()));
    harness.step.epoch = 0;
    harness.step.seed = seeded.step.seed = 1;
    EXPECT_FALSE(std::ranges::equal(harness.forward(x).span<float>(), first.span<float>()));
    EXPECT_TRUE(std::ranges::equal(seeded.forward(x).span<float>(), own.span<float>()));
  }
}

TEST(ImageLayers, BackwardUsesTheSameNumbers) {
  for (auto& layer : random_layers()) {
    // Hues have a kink wherever two channels are equal; the comparison with Keras has their gradients.
    const std::string name = layer->class_name();
    if (name == "RandomHue" || name == "RandomSaturation" || name == "RandomColorJitter") continue;
    LayerHarness harness(std::move(layer), {Shape{6, 5, 3}});
    std::vector<Tensor> x = images({3, 6, 5, 3});
    expect_gradients_are_differences(harness, x);
  }
}

TEST(ImageLayers, RandomOnesPassThroughInInference) {
  for (const auto& layer : random_layers()) {
    EXPECT_FALSE(layer->passes_through(true));
    EXPECT_EQ(layer->passes_through(false), layer->class_name() != "RandomCrop");
  }
}

TEST(RandomFlip, FlipsHalfOfTheImages) {
  LayerHarness harness(make_random_flip(kLayer, {}), {Shape{2, 2, 1}});
  std::vector<Tensor> x;
  x.emplace_back(Shape{10000, 2, 2, 1});
  for (std::size_t i = 0; i < 40000; ++i) x[0].span<float>()[i] = static_cast<float>(i % 4);
  const Tensor y = harness.forward(x);
  int flipped = 0;
  for (std::int64_t row = 0; row < 10000; ++row) {
    const auto image = row_of(y, row);
    // Both directions at once, as Keras does.
    const bool whole = std::ranges::equal(image, std::array<float, 4>{3, 2, 1, 0});
    EXPECT_TRUE(whole || std::ranges::equal(image, std::array<float, 4>{0, 1, 2, 3}));
    flipped += whole ? 1 : 0;
  }
  EXPECT_NEAR(flipped, 5000, 5 * 50);
}

TEST(RandomFlip, KnowsItsDirection) {
  for (const bool horizontal : {true, false}) {
    LayerHarness harness(make_random_flip(kLayer, {horizontal, !horizontal}), {Shape{2, 2, 1}});
    std::vector<Tensor> x;
    x.emplace_back(Shape{50, 2, 2, 1});
    for (std::size_t i = 0; i < 200; ++i) x[0].span<float>()[i] = static_cast<float>(i % 4);
    const Tensor y = harness.forward(x);
    const auto flipped = horizontal ? std::array<float, 4>{1, 0, 3, 2} : std::array<float, 4>{2, 3, 0, 1};
    bool seen = false;
    for (std::int64_t row = 0; row < 50; ++row) seen = seen || std::ranges::equal(row_of(y, row), flipped);
    EXPECT_TRUE(seen);
  }
}

// 4 x 3 places, each with probability 1/12.
TEST(RandomCrop, EveryPlaceIsAsLikely) {
  LayerHarness harness(make_random_crop(kLayer, {2, 3}), {Shape{5, 5, 1}});
  std::vector<Tensor> x;
  x.emplace_back(Shape{12000, 5, 5, 1});
  for (std::size_t i = 0; i < 12000 * 25; ++i) x[0].span<float>()[i] = static_cast<float>(i % 25);
  const Tensor y = harness.forward(x);
  std::map<float, int> places;
  for (std::int64_t row = 0; row < 12000; ++row) {
    const auto image = row_of(y, row);
    ++places[image[0]];
    EXPECT_EQ(image[1], image[0] + 1);
    EXPECT_EQ(image[5], image[0] + 7);
  }
  EXPECT_EQ(places.size(), 12U);
  for (const auto& [place, count] : places) EXPECT_NEAR(count, 1000, 5 * std::sqrt(1000.0)) << place;
}

TEST(RandomCrop, TakesTheMiddleInInference) {
  LayerHarness harness(make_random_crop(kLayer, {2, 2}), {Shape{4, 6, 1}});
  harness.step.training = false;
  std::vector<Tensor> x;
  x.emplace_back(Shape{1, 4, 6, 1});
  std::iota(x[0].span<float>().begin(), x[0].span<float>().end(), 0.0F);
  // Columns 1 to 4 in blocks of 2 x 2.
  expect_near(harness.forward(x).span<float>(), {4.5, 6.5, 16.5, 18.5}, 1e-5);
}

TEST(RandomBrightness, IsEvenlyDistributed) {
  LayerHarness harness(make_random_brightness(kLayer, {.factor = {-0.1, 0.3}, .value_range = {-100, 100}}),
                       {Shape{1, 2, 1}});
  const Tensor y = harness.forward(copies(20000, {5, 7}));
  double sum = 0, squares = 0;
  for (std::int64_t row = 0; row < 20000; ++row) {
    const float change = row_of(y, row)[0] - 5;
    EXPECT_NEAR(row_of(y, row)[1], 7 + change, 1e-5);
    EXPECT_TRUE(-20 <= change && change < 60);
    sum += double{change};
    squares += double{change} * double{change};
  }
  // Even in [-20, 60): mean 20, variance 80^2 / 12.
  EXPECT_NEAR(sum / 20000, 20, 5 * std::sqrt(6400.0 / 12 / 20000));
  EXPECT_NEAR(squares / 20000 - 400, 6400.0 / 12, 20);
}

TEST(RandomContrast, KeepsTheMean) {
  LayerHarness harness(make_random_contrast(kLayer, {.factor = {0.5, 1}, .value_range = {-100, 100}}),
                       {Shape{1, 2, 1}});
  const Tensor y = harness.forward(copies(20000, {-1, 3}));
  double sum = 0;
  for (std::int64_t row = 0; row < 20000; ++row) {
    const auto image = row_of(y, row);
    EXPECT_NEAR(image[0] + image[1], 2, 1e-4);
    const double contrast = double{image[1] - image[0]} / 4;
    EXPECT_TRUE(0.4999 <= contrast && contrast <= 2.0001) << contrast;
    sum += contrast;
  }
  EXPECT_NEAR(sum / 20000, 1.25, 5 * 1.5 / std::sqrt(12.0 * 20000));
}

// A ramp's slope and height tell zoom and shift.
TEST(RandomZoom, BothDirectionsAreDrawnOnlyWhenAsked) {
  const auto slopes = [](const RandomZoomOptions& options) {
    LayerHarness harness(make_random_zoom(kLayer, options), {Shape{9, 9, 1}});
    std::vector<Tensor> x;
    x.emplace_back(Shape{200, 9, 9, 1});
    for (std::int64_t i = 0; i < 200 * 81; ++i) {
      x[0].span<float>()[static_cast<std::size_t>(i)] = static_cast<float>(i % 9 + 100 * (i / 9 % 9));
    }
    const Tensor y = harness.forward(x);
    std::vector<std::array<double, 2>> found;
    for (std::int64_t row = 0; row < 200; ++row) {
      const auto image = row_of(y, row);
      found.push_back(
          {double{image[4 * 9 + 5] - image[4 * 9 + 4]}, double{image[5 * 9 + 4] - image[4 * 9 + 4]} / 100});
    }
    return found;
  };
  for (const auto& [width, height] : slopes({.height_factor = {-0.5, 0.5}})) {
    EXPECT_NEAR(width, height, 1e-3);
    EXPECT_TRUE(0.49 < width && width < 1.51);
  }
  int same = 0;
  for (const auto& [width, height] :
       slopes({.height_factor = {-0.5, 0.5}, .width_factor = RandomRange{-0.2, 0}})) {
    EXPECT_TRUE(0.79 < width && width < 1.01);
    same += std::abs(width - height) < 1e-3 ? 1 : 0;
  }
  EXPECT_LT(same, 10);
}

// Of a ramp along the columns the rows show how far they were moved: s for each row, with both signs.
TEST(RandomShear, MovesRowsInProportion) {
  LayerHarness harness(make_random_shear(kLayer, {.x_factor = {0.1, 0.3}}), {Shape{5, 40, 1}});
  std::vector<Tensor> x;
  x.emplace_back(Shape{400, 5, 40, 1});
  for (std::size_t i = 0; i < 400 * 200; ++i) x[0].span<float>()[i] = static_cast<float>(i % 40);
  const Tensor y = harness.forward(x);
  int negative = 0;
  for (std::int64_t row = 0; row < 400; ++row) {
    const auto image = row_of(y, row);
    const float shear = image[40 + 20] - 20;
    EXPECT_TRUE(0.1F <= std::abs(shear) + 1e-4F && std::abs(shear) <= 0.3001F) << shear;
    for (std::size_t i = 0; i < 5; ++i) {
      EXPECT_NEAR(image[i * 40 + 20], 20 + shear * static_cast<float>(i), 1e-4);
    }
    negative += shear < 0 ? 1 : 0;
  }
  EXPECT_NEAR(negative, 200, 5 * 10);
}

TEST(RandomInvert, TheProbabilityIsDrawn) {
  for (const auto& [factor, expected] :
       {std::pair(RandomRange{0, 1}, 0.5), {{0.3, 0.3}, 0.3}, {{0, 0}, 0.0}}) {
    LayerHarness harness(make_random_invert(kLayer, {.factor = factor, .value_range = {0, 10}}),
                         {Shape{1, 1, 1}});
    const Tensor y = harness.forward(copies(10000, {3}));
    const auto inverted = std::ranges::count(y.span<float>(), 7.0F);
    EXPECT_EQ(inverted + std::ranges::count(y.span<float>(), 3.0F), 10000);
    EXPECT_NEAR(static_cast<double>(inverted), 10000 * expected, 5 * 50);
  }
}

TEST(RandomGrayscale, IsGrayOrNot) {
  LayerHarness harness(make_random_grayscale(kLayer, 0.2), {Shape{1, 1, 3}});
  std::vector<Tensor> x;
  x.emplace_back(Shape{10000, 1, 1, 3});
  for (std::size_t i = 0; i < 30000; ++i) x[0].span<float>()[i] = static_cast<float>(10 * (i % 3));
  const Tensor y = harness.forward(x);
  int gray = 0;
  for (std::int64_t row = 0; row < 10000; ++row) {
    const auto pixel = row_of(y, row);
    if (pixel[0] == 0) {
      EXPECT_EQ(pixel[2], 20);
      continue;
    }
    ++gray;
    for (const float channel : pixel) EXPECT_NEAR(channel, 0.587 * 10 + 0.114 * 20, 1e-5);
  }
  EXPECT_NEAR(gray, 2000, 5 * 40);
}

TEST(RandomPosterization, KeepsTheUpperBits) {
  LayerHarness harness(make_random_posterization(kLayer, {.factor = {2, 5}}), {Shape{1, 1, 1}});
  const Tensor y = harness.forward(copies(9000, {0b10110111}));
  std::map<float, int> kept;
  for (const float value : y.span<float>()) ++kept[value];
  // 2, 3 or 4 bits.
  ASSERT_EQ(kept.size(), 3U);
  for (const float value : {0b10000000, 0b10100000, 0b10110000})
    EXPECT_NEAR(kept[value], 3000, 5 * 45) << value;
}

TEST(RandomErasing, RectanglesHaveTheirScaleAndPlace) {
  LayerHarness harness(
      make_random_erasing(kLayer, {.factor = {1, 1}, .scale = {0.25, 0.25}, .fill_value = {9}}),
      {Shape{8, 8, 1}});
  std::vector<Tensor> x;
  x.emplace_back(Shape{500, 8, 8, 1});
  const Tensor y = harness.forward(x);
  std::vector<int> erased(64);
  for (std::int64_t row = 0; row < 500; ++row) {
    const auto image = row_of(y, row);
    // Half of 8 rows and half of 8 columns.
    EXPECT_EQ(std::ranges::count(image, 9.0F), 16);
    for (std::size_t i = 0; i < 64; ++i) erased[i] += image[i] == 9 ? 1 : 0;
  }
  // The first row and column, where a rectangle begins with no probability, stay.
  for (std::size_t i = 0; i < 64; ++i) EXPECT_EQ(erased[i] > 0, i >= 8 && i % 8 > 0) << i;
  EXPECT_GT(erased[27], erased[0]);
}

TEST(RandomErasing, NoiseIsNormal) {
  LayerHarness harness(
      make_random_erasing(kLayer, {.factor = {1, 1}, .scale = {1, 1}, .value_range = {-1000, 10}}),
      {Shape{50, 50, 3}});
  std::vector<Tensor> x;
  x.emplace_back(Shape{4, 50, 50, 3});
  const Tensor y = harness.forward(x);
  double sum = 0;
  int clipped = 0;
  for (const float value : y.span<float>()) {
    sum += double{std::min(value, 0.0F)};
    clipped += value == 10 ? 1 : 0;
  }
  // The mean of a normal number's negative part is 1 / sqrt(2 pi); 0.1587 of them are above 1.
  EXPECT_NEAR(sum / 30000, -10 / std::sqrt(2 * 3.14159265), 0.2);
  EXPECT_NEAR(clipped, 0.1587 * 30000, 5 * 63);
}

TEST(ImageLayers, RefuseWhatTheyCannotDo) {
  EXPECT_THROW(make_resizing(kLayer, {.size = {0, 3}}), Error);
  EXPECT_THROW(make_center_crop(kLayer, {3, -1}), Error);
  EXPECT_THROW(
      make_resizing(kLayer, {.size = {3, 3}, .crop_to_aspect_ratio = true, .pad_to_aspect_ratio = true}),
      Error);
  const MovedPixels bicubic = {.interpolation = Interpolation::kBicubic};
  EXPECT_THROW(make_random_rotation(kLayer, {.pixels = bicubic}), Error);
  EXPECT_THROW(make_random_elastic_transform(kLayer, {.pixels = bicubic}), Error);
  EXPECT_THROW(make_random_elastic_transform(kLayer, {.scale = {0, 1e9}}), Error);
  EXPECT_THROW(make_random_posterization(kLayer, {.factor = {0, 4}}), Error);
  EXPECT_THROW(make_random_grayscale(kLayer, 1.5), Error);
  EXPECT_THROW(make_random_gaussian_blur(kLayer, {.kernel_size = {3, 4}}), Error);
  const Shape gray{4, 4, 1};
  EXPECT_THROW(make_random_hue(kLayer, {})->build(std::span(&gray, 1)), Error);
  const Shape flat{7};
  EXPECT_THROW(make_random_flip(kLayer, {})->build(std::span(&flat, 1)), Error);
}

}  // namespace
}  // namespace ktrain
