#pragma once

#include <cstdint>

namespace ktrain {

// Pooling over all pixels of an image: x (rows, pixels, channels), y (rows, channels), float32.

/// y = mean over the pixels.
void global_average_forward(const float* x, float* y, std::int64_t rows, std::int64_t pixels,
                            std::int64_t channels);
void global_average_backward(const float* dy, float* dx, std::int64_t rows, std::int64_t pixels,
                             std::int64_t channels);

/// y = mean over the pixels p with a mask[row, p] other than 0; NaN where there is none. mask (rows, pixels).
void masked_average_forward(const float* x, const float* mask, float* y, std::int64_t rows,
                            std::int64_t pixels, std::int64_t channels);
void masked_average_backward(const float* dy, const float* mask, float* dx, std::int64_t rows,
                             std::int64_t pixels, std::int64_t channels);

/// y = the largest over the pixels; a NaN is the result.
void global_max_forward(const float* x, float* y, std::int64_t rows, std::int64_t pixels,
                        std::int64_t channels);
/// dy shared equally by the pixels that equal y (as keras.ops.max's gradient).
void global_max_backward(const float* x, const float* y, const float* dy, float* dx, std::int64_t rows,
                         std::int64_t pixels, std::int64_t channels);

}  // namespace ktrain
