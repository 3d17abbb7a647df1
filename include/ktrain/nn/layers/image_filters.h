#pragma once

#include <array>
#include <memory>
#include <vector>

#include "ktrain/nn/layers/image_layer.h"

namespace ktrain {

/// keras.layers.RandomSharpness: clip(x + (1 - 2 f)(smooth(x) - x)), where smooth weighs a pixel by 5/13 and
/// its eight neighbours by 1/13 (nothing beyond the edges).
struct RandomSharpnessOptions {
  RandomRange factor = {0, 0};
  ValueRange value_range = {0, 255};
};
std::unique_ptr<Layer> make_random_sharpness(const ImageLayerOptions& layer,
                                             const RandomSharpnessOptions& options);

/// keras.layers.RandomGaussianBlur: clip of the image, blurred with a probability that is drawn from
/// `factor`: each axis by weights exp(-(i / sigma)^2 / 2) over their sum. Both sigmas are drawn for each
/// image (Keras draws two for the batch).
struct RandomGaussianBlurOptions {
  RandomRange factor = {0, 1};
  std::array<std::int64_t, 2> kernel_size = {3, 3};  ///< along the width and along the height; odd
  RandomRange sigma = {0, 1};
  ValueRange value_range = {0, 255};
};
std::unique_ptr<Layer> make_random_gaussian_blur(const ImageLayerOptions& layer,
                                                 const RandomGaussianBlurOptions& options);

/// keras.layers.RandomErasing: with a probability that is drawn from `factor`, a rectangle of sqrt(s) of the
/// width and sqrt(s') of the height, both from `scale`, at a random place gets fill_value, clipped: one
/// number, one for each of three channels, or, with none, normal numbers times value_range[1].
struct RandomErasingOptions {
  RandomRange factor = {0, 1};
  RandomRange scale = {0.02, 0.33};
  std::vector<double> fill_value = {};
  ValueRange value_range = {0, 255};
};
std::unique_ptr<Layer> make_random_erasing(const ImageLayerOptions& layer,
                                           const RandomErasingOptions& options);

/// keras.layers.AutoContrast, in training and otherwise: each channel's smallest value becomes
/// value_range[0], its largest value_range[1]; a channel of one value stays. Has no gradient: an
/// Error{kConfiguration} when one is asked for.
std::unique_ptr<Layer> make_auto_contrast(const ImageLayerOptions& layer, const ValueRange& value_range);

/// keras.layers.Equalization, in training alone: a channel's values become their ranks, so that all levels
/// are as frequent, by a histogram of `bins`. An image's own (Keras 3.15 takes the whole batch's, which
/// depends on the batch). Its gradient is zero but for a channel of one value, which stays.
struct EqualizationOptions {
  ValueRange value_range = {0, 255};
  std::int64_t bins = 256;
};
std::unique_ptr<Layer> make_equalization(const ImageLayerOptions& layer, const EqualizationOptions& options);

}  // namespace ktrain
