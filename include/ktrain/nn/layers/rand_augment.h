#pragma once

#include <memory>

#include "ktrain/nn/layers/image_layer.h"

namespace ktrain {

/// keras.layers.RandAugment (Cubuk et al. 2019, arXiv:1909.13719): num_ops operations on an RGB image, each
/// drawn from RandomShear, RandomTranslation, RandomRotation, RandomBrightness, RandomColorDegeneration,
/// RandomContrast, RandomSharpness, RandomPosterization, Solarization, AutoContrast and Equalization, all
/// with this factor. They are drawn for each image (Keras draws them for the batch). Has no gradient: an
/// Error{kConfiguration} when one is asked for.
struct RandAugmentOptions {
  ValueRange value_range = {0, 255};
  std::int64_t num_ops = 2;
  RandomRange factor = {0, 0.5};
  Interpolation interpolation = Interpolation::kBilinear;
};
std::unique_ptr<Layer> make_rand_augment(const ImageLayerOptions& layer, const RandAugmentOptions& options);

}  // namespace ktrain
