#pragma once

#include <memory>
#include <vector>

#include "ktrain/nn/layers/image_layer.h"

namespace ktrain {

// Colours that change at random. Results are clipped to value_range where it says so. Layers for RGB refuse
// other numbers of channels; gray is 0.2989 R + 0.5870 G + 0.1140 B.

/// keras.layers.RandomBrightness: clip(x + factor (high - low)).
struct RandomBrightnessOptions {
  RandomRange factor = {0, 0};
  ValueRange value_range = {0, 255};
};
std::unique_ptr<Layer> make_random_brightness(const ImageLayerOptions& layer,
                                              const RandomBrightnessOptions& options);

/// keras.layers.RandomContrast: clip((x - mean) c + mean) with a channel's mean over the image, and c between
/// 1 - factor[0] and 1 + factor[1].
struct RandomContrastOptions {
  RandomRange factor = {0, 0};
  ValueRange value_range = {0, 255};
};
std::unique_ptr<Layer> make_random_contrast(const ImageLayerOptions& layer,
                                            const RandomContrastOptions& options);

/// keras.layers.RandomSaturation: in hue, saturation and value (of the image as it is, not brought to [0, 1])
/// the saturation becomes clip(s f / (1 - f + 1e-7)).
struct RandomSaturationOptions {
  RandomRange factor = {0, 0};
  ValueRange value_range = {0, 255};
};
std::unique_ptr<Layer> make_random_saturation(const ImageLayerOptions& layer,
                                              const RandomSaturationOptions& options);

/// keras.layers.RandomHue: of the image brought to [0, 1] the hue turns by f / 2 of a full turn, to either
/// side with probability 1/2.
struct RandomHueOptions {
  RandomRange factor = {0, 0};
  ValueRange value_range = {0, 255};
};
std::unique_ptr<Layer> make_random_hue(const ImageLayerOptions& layer, const RandomHueOptions& options);

/// keras.layers.RandomColorJitter: those of the four above that are given, in this order.
struct RandomColorJitterOptions {
  std::optional<RandomBrightnessOptions> brightness = {};
  std::optional<RandomContrastOptions> contrast = {};
  std::optional<RandomSaturationOptions> saturation = {};
  std::optional<RandomHueOptions> hue = {};
};
std::unique_ptr<Layer> make_random_color_jitter(const ImageLayerOptions& layer,
                                                const RandomColorJitterOptions& options);

/// keras.layers.RandomGrayscale: with probability `factor` the three channels of an RGB image become its
/// gray.
std::unique_ptr<Layer> make_random_grayscale(const ImageLayerOptions& layer, double factor);

/// keras.layers.RandomColorDegeneration: clip(x + f (gray - x)).
struct RandomColorDegenerationOptions {
  RandomRange factor = {0, 0};
  ValueRange value_range = {0, 255};
};
std::unique_ptr<Layer> make_random_color_degeneration(const ImageLayerOptions& layer,
                                                      const RandomColorDegenerationOptions& options);

/// keras.layers.RandomInvert: value_range[1] - x, with a probability that is drawn from `factor`.
struct RandomInvertOptions {
  RandomRange factor = {0, 1};
  ValueRange value_range = {0, 255};
};
std::unique_ptr<Layer> make_random_invert(const ImageLayerOptions& layer, const RandomInvertOptions& options);

/// keras.layers.RandomPosterization: of a pixel brought to 0 … 255 and rounded down, the upper b bits; b is a
/// whole number from factor[0] up to, not including, factor[1], or the one that both are. Its gradient is
/// zero.
struct RandomPosterizationOptions {
  std::array<int, 2> factor = {8, 8};
  ValueRange value_range = {0, 255};
};
std::unique_ptr<Layer> make_random_posterization(const ImageLayerOptions& layer,
                                                 const RandomPosterizationOptions& options);

/// keras.layers.Solarization: v = clip(x + a) of a pixel brought to [0, 255] becomes 255 - v unless it is
/// below the threshold t; a is drawn between addition_factor[0] and 255 addition_factor[1], and t likewise.
struct SolarizationOptions {
  RandomRange addition_factor = {0, 0};
  RandomRange threshold_factor = {0, 0};
  ValueRange value_range = {0, 255};
};
std::unique_ptr<Layer> make_solarization(const ImageLayerOptions& layer, const SolarizationOptions& options);

}  // namespace ktrain
