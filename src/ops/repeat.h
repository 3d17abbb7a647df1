#pragma once

#include <array>
#include <cstdint>

namespace ktrain {

struct RepeatAxis {
  std::int64_t input = 1;
  std::int64_t times = 1;
  std::int64_t output() const { return input * times; }
};

/// Images, channels last, in which each element stands several times along each axis: x (rows, D, H, W,
/// channels), y[r, i, j, k, c] = x[r, i / times, j / times, k / times, c], float32.
struct RepeatShape {
  std::int64_t rows = 0;
  std::array<RepeatAxis, 3> axes;  ///< depth, height, width
  std::int64_t channels = 0;
};

void repeat_forward(const RepeatShape& shape, const float* x, float* y);
/// dx = the sum of dy over the places where x stands.
void repeat_backward(const RepeatShape& shape, const float* dy, float* dx);

}  // namespace ktrain
