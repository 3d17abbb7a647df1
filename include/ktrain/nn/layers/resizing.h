#pragma once

#include <memory>

#include "ktrain/nn/layers/image_layer.h"
#include "ktrain/ops/window.h"

namespace ktrain {

/// keras.layers.Resizing: (H, W, C) -> (height, width, C), in training and otherwise. ops/resize.h has the
/// formula.
struct ResizingOptions {
  HeightWidth size = {0, 0};
  Interpolation interpolation = Interpolation::kBilinear;
  bool crop_to_aspect_ratio = false;  ///< the largest middle part of the target's aspect ratio
  bool pad_to_aspect_ratio = false;   ///< the smallest frame of fill_value around the image
  double fill_value = 0;
  bool antialias = false;
};

std::unique_ptr<Layer> make_resizing(const ImageLayerOptions& layer, const ResizingOptions& options);

/// keras.layers.CenterCrop: the middle (height, width) pixels, in training and otherwise. Of an image that is
/// smaller in one direction, the largest middle part of that aspect ratio, resized (bilinear).
std::unique_ptr<Layer> make_center_crop(const ImageLayerOptions& layer, HeightWidth size);

/// keras.layers.RandomCrop: in training (height, width) pixels from a random place, one for each image (Keras
/// draws one for the batch). Otherwise, and in training where the image is not larger in both directions, as
/// Keras documents: the middle part, resized (bilinear). (Keras 3.15's own inference leaves the image at its
/// size.)
std::unique_ptr<Layer> make_random_crop(const ImageLayerOptions& layer, HeightWidth size);

}  // namespace ktrain
