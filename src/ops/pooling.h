#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "ops/window.h"

namespace ktrain {

/// Inputs [begin, end) of an axis.
struct PoolingSpan {
  std::int64_t begin = 0;
  std::int64_t end = 1;
  std::int64_t size() const { return end - begin; }
};

/// One axis of images that are pooled.
struct PoolingAxis {
  std::vector<PoolingSpan> spans;  ///< what each output is made of
  std::int64_t input_step = 0;     ///< positions between neighbours in an image of x
  std::int64_t output_step = 0;    ///< and in one of y
};

/// Windows over float32 images of up to three axes, channels last: x (rows, D, H, W, channels), y (rows, D',
/// H', W', channels). Padding is never selected and not counted.
struct PoolingShape {
  std::int64_t rows = 0;
  /// Where several inputs of a window are the largest, the first one counts in a walk that goes along the
  /// last of these axes first.
  std::array<PoolingAxis, 3> axes;
  std::int64_t inputs = 0;   ///< positions of an image of x
  std::int64_t outputs = 0;  ///< positions of an image of y
  bool tiles = false;        ///< each input lies in exactly one window
  std::int64_t channels = 0;
};

/// Windows of one size; their dilation is 1. Walks row by row.
PoolingShape pooling_shape(std::int64_t rows, const Window& window, std::int64_t channels);

/// Output o of n' over n inputs is made of [floor(o·n / n'), ceil((o + 1)·n / n')). Walks along the first
/// axis first, as Keras, which pools one axis after the other.
PoolingShape adaptive_pooling_shape(std::int64_t rows, AxisNumbers input, AxisNumbers output,
                                    std::int64_t channels);

/// y = the largest element of the window; a NaN in the window is the result.
void max_pool_forward(const PoolingShape& shape, const float* x, float* y);
/// dx = the sum over windows of dy where x is the first of its window that equals y.
void max_pool_backward(const PoolingShape& shape, const float* x, const float* y, const float* dy, float* dx);

/// y = the mean of the window's elements.
void average_pool_forward(const PoolingShape& shape, const float* x, float* y);
void average_pool_backward(const PoolingShape& shape, const float* dy, float* dx);

}  // namespace ktrain
