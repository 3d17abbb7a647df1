#pragma once

#include <array>
#include <cstdint>

#include "ktrain/ops/window.h"

namespace ktrain {

/// How a window slides along one axis of an image: output o looks at the inputs
/// o·stride − before + k·dilation for k = 0 … kernel − 1 that exist.
struct WindowAxis {
  std::int64_t input = 0;
  std::int64_t output = 0;
  std::int64_t kernel = 1;
  std::int64_t stride = 1;
  std::int64_t dilation = 1;
  std::int64_t before = 0;  ///< padding in front of the first input
  std::int64_t after = 0;   ///< padding behind the last input

  friend bool operator==(const WindowAxis&, const WindowAxis&) = default;
};

/// Height, width.
using Window2D = std::array<WindowAxis, 2>;

/// By Keras's padding arithmetic; `output` is below 1 where the window does not fit.
WindowAxis window_axis(std::int64_t input, std::int64_t kernel, std::int64_t stride, std::int64_t dilation,
                       Padding padding);
Window2D window_2d(const HeightWidth& input, const HeightWidth& kernel, const HeightWidth& strides,
                   const HeightWidth& dilation, Padding padding);

}  // namespace ktrain
