#include "ops/window.h"

#include <algorithm>

namespace ktrain {

WindowAxis window_axis(std::int64_t input, std::int64_t kernel, std::int64_t stride, std::int64_t dilation,
                       Padding padding) {
  WindowAxis axis{.input = input, .output = 0, .kernel = kernel, .stride = stride, .dilation = dilation};
  const std::int64_t extent = (kernel - 1) * dilation + 1;
  if (padding == Padding::kValid) {
    axis.output = input < extent ? 0 : (input - extent) / stride + 1;
    return axis;
  }
  axis.output = (input + stride - 1) / stride;
  const std::int64_t total = std::max<std::int64_t>((axis.output - 1) * stride + extent - input, 0);
  axis.before = total / 2;
  axis.after = total - axis.before;
  return axis;
}

Window2D window_2d(const HeightWidth& input, const HeightWidth& kernel, const HeightWidth& strides,
                   const HeightWidth& dilation, Padding padding) {
  const auto axis = [&](std::size_t i) {
    return window_axis(input[i], kernel[i], strides[i], dilation[i], padding);
  };
  return {axis(0), axis(1)};
}

}  // namespace ktrain
