#pragma once

#include <cstdint>

#include "ops/window.h"

namespace ktrain {

/// Windows over float32 images, channels last: x (rows, H, W, channels), y (rows, H', W', channels). Padding
/// is never selected and not counted. A window's dilation is 1.
struct PoolingShape {
  std::int64_t rows = 0;
  Window2D window;
  std::int64_t channels = 0;
};

/// y = the largest element of the window; a NaN in the window is the result.
void max_pool_forward(const PoolingShape& shape, const float* x, float* y);
/// dx = the sum over windows of dy where x is the first of its window, row by row, that equals y.
void max_pool_backward(const PoolingShape& shape, const float* x, const float* y, const float* dy, float* dx);

/// y = the mean of the window's elements.
void average_pool_forward(const PoolingShape& shape, const float* x, float* y);
void average_pool_backward(const PoolingShape& shape, const float* dy, float* dx);

}  // namespace ktrain
