#pragma once

#include <memory>

#include "ktrain/nn/layers/image_layer.h"

namespace ktrain {

/// keras.layers.RandomFlip: with probability 1/2 mirrored left to right, upside down, or both at once.
struct RandomFlipOptions {
  bool horizontal = true;
  bool vertical = true;
};
std::unique_ptr<Layer> make_random_flip(const ImageLayerOptions& layer, const RandomFlipOptions& options);

// The following move an image by a random affine map (ops/affine.h) in the coordinates of pixel centres.

/// keras.layers.RandomRotation: about the middle, by `factor` of a full turn, counter-clockwise.
struct RandomRotationOptions {
  RandomRange factor = {0, 0};
  MovedPixels pixels = {};
};
std::unique_ptr<Layer> make_random_rotation(const ImageLayerOptions& layer,
                                            const RandomRotationOptions& options);

/// keras.layers.RandomZoom: output pixels are 1 + factor input pixels apart, about the middle: a negative
/// factor zooms in. Without width_factor both directions have the same.
struct RandomZoomOptions {
  RandomRange height_factor = {0, 0};
  std::optional<RandomRange> width_factor = {};
  MovedPixels pixels = {};
};
std::unique_ptr<Layer> make_random_zoom(const ImageLayerOptions& layer, const RandomZoomOptions& options);

/// keras.layers.RandomTranslation: down and to the right by fractions of height and width.
struct RandomTranslationOptions {
  RandomRange height_factor = {0, 0};
  RandomRange width_factor = {0, 0};
  MovedPixels pixels = {};
};
std::unique_ptr<Layer> make_random_translation(const ImageLayerOptions& layer,
                                               const RandomTranslationOptions& options);

/// keras.layers.RandomShear: the input is read at (x + s y, y + t x) with s from x_factor and t from
/// y_factor, both negated with probability 1/2.
struct RandomShearOptions {
  RandomRange x_factor = {0, 0};
  RandomRange y_factor = {0, 0};
  MovedPixels pixels = {};
};
std::unique_ptr<Layer> make_random_shear(const ImageLayerOptions& layer, const RandomShearOptions& options);

/// keras.layers.RandomPerspective: with a probability that is drawn from `factor` the image is seen at an
/// angle: each coordinate of its four corners is multiplied by 1 + a number between -scale/2 and scale/2.
/// Beyond it is fill_value.
struct RandomPerspectiveOptions {
  RandomRange factor = {0, 1};
  double scale = 1;
  Interpolation interpolation = Interpolation::kBilinear;  ///< or kNearest
  double fill_value = 0;
};
std::unique_ptr<Layer> make_random_perspective(const ImageLayerOptions& layer,
                                               const RandomPerspectiveOptions& options);

/// keras.layers.RandomElasticTransform: with a probability that is drawn from `factor`, the pixel at (x, y)
/// is read at (x + a dx, y + a dy), where dx and dy are normal numbers of standard deviation s, blurred by
/// that s (RandomGaussianBlur; 6 s weights, made odd): a = 0.1 f · the longer side, s = 0.05 f · the shorter
/// side, f from `scale`. dx and dy are drawn apart (under JAX, Keras 3.15 draws the same numbers for both)
/// and f for each image (Keras draws one for the batch). In training the values are clipped to value_range,
/// unless nothing can move.
struct RandomElasticTransformOptions {
  RandomRange factor = {0, 1};
  RandomRange scale = {0, 1};
  MovedPixels pixels = {};
  ValueRange value_range = {0, 255};
};
std::unique_ptr<Layer> make_random_elastic_transform(const ImageLayerOptions& layer,
                                                     const RandomElasticTransformOptions& options);

}  // namespace ktrain
