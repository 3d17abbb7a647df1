#pragma once

#include <memory>

#include "ktrain/nn/layers/image_layer.h"

namespace ktrain {

// Colours that change at random. Results are clipped to value_range where it says so.

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

}  // namespace ktrain
