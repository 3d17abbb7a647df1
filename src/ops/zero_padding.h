#pragma once

#include <array>
#include <cstdint>

namespace ktrain {

/// Zeros around images, channels last: x (rows, H, W, channels),
/// y (rows, top + H + bottom, left + W + right, channels), float32.
struct ZeroPaddingShape {
  std::int64_t rows = 0;
  std::int64_t height = 0;
  std::int64_t width = 0;
  std::int64_t channels = 0;
  std::array<std::array<std::int64_t, 2>, 2> padding{};  ///< ((top, bottom), (left, right))
};

void zero_padding_forward(const ZeroPaddingShape& shape, const float* x, float* y);
void zero_padding_backward(const ZeroPaddingShape& shape, const float* dy, float* dx);

}  // namespace ktrain
