#pragma once

#include <cstdint>

#include "ops/image_size.h"

namespace ktrain {

/// Adds weight · (x moved by rows and columns) to y; nothing comes in from beyond the edges.
void add_moved(const ImageSize& size, const float* x, std::int64_t rows, std::int64_t columns, float weight,
               float* y);

/// Weights of a blur along one axis: exp(-(i / sigma)^2 / 2), i counted from the middle, over their sum.
struct BlurAxis {
  std::int64_t count = 1;  ///< odd
  double sigma = 1;        ///< > 0
};

/// Blurs each channel along the width, then along the height: a filter that is its own transpose. Overwrites
/// y; `scratch` holds an image and as many floats as the longer axis has weights.
void gaussian_blur(const ImageSize& size, const BlurAxis& width, const BlurAxis& height, const float* x,
                   float* y, float* scratch);

}  // namespace ktrain
