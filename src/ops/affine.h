#pragma once

#include "ktrain/ops/image.h"
#include "ops/image_size.h"

namespace ktrain {

/// How an image is read between and beyond its pixels (jax.scipy.ndimage.map_coordinates, which Keras uses).
struct Sampling {
  Interpolation interpolation =
      Interpolation::kBilinear;  ///< or kNearest, which rounds halves away from zero
  FillMode fill_mode = FillMode::kReflect;
  float fill_value = 0;  ///< of kConstant; each of the four neighbours beyond the image counts as it
};

/// y = the image's pixel at the real place (row, column), all its channels.
void sample_pixel(const ImageSize& size, const Sampling& sampling, const float* image, double row,
                  double column, float* y);
/// Adds dy to the gradients of the pixels that sample_pixel reads there, by their weights.
void add_pixel_gradient(const ImageSize& size, const Sampling& sampling, float* gradient, double row,
                        double column, const float* dy);

/// Output (row y, column x) is the input at column a0 x + a1 y + a2 and row b0 x + b1 y + b2: the first six
/// of the eight numbers that keras.ops.image.affine_transform takes (its last two are 0 in every layer).
struct AffineMap {
  double a0 = 1, a1 = 0, a2 = 0;
  double b0 = 0, b1 = 1, b2 = 0;
};

/// One image; y has the sizes of x.
void affine_forward(const ImageSize& size, const AffineMap& map, const Sampling& sampling, const float* x,
                    float* y);
/// Overwrites dx.
void affine_backward(const ImageSize& size, const AffineMap& map, const Sampling& sampling, const float* dy,
                     float* dx);

}  // namespace ktrain
