#include "ops/window.h"

#include <algorithm>

namespace ktrain {
namespace {

std::int64_t product(const Window& window, std::int64_t WindowAxis::*of) {
  return window[0].*of * window[1].*of * window[2].*of;
}

}  // namespace

WindowAxis window_axis(std::int64_t input, std::int64_t kernel, std::int64_t stride, std::int64_t dilation,
                       Padding padding) {
  WindowAxis axis{.input = input, .output = 0, .kernel = kernel, .stride = stride, .dilation = dilation};
  const std::int64_t extent = (kernel - 1) * dilation + 1;
  if (padding == Padding::kSame) {
    axis.output = (input + stride - 1) / stride;
    const std::int64_t total = std::max<std::int64_t>((axis.output - 1) * stride + extent - input, 0);
    axis.before = total / 2;
    axis.after = total - axis.before;
    return axis;
  }
  if (padding == Padding::kCausal) axis.before = extent - 1;
  const std::int64_t padded = axis.before + input;
  axis.output = padded < extent ? 0 : (padded - extent) / stride + 1;
  return axis;
}

Window make_window(AxisNumbers input, AxisNumbers kernel, AxisNumbers strides, AxisNumbers dilation,
                   Padding padding) {
  Window window;
  const std::size_t absent = window.size() - input.size();
  for (std::size_t i = 0; i < input.size(); ++i) {
    window[absent + i] = window_axis(input[i], kernel[i], strides[i], dilation[i], padding);
  }
  return window;
}

WindowAxis transposed_window_axis(std::int64_t input, std::int64_t kernel, std::int64_t stride,
                                  std::int64_t dilation, Padding padding,
                                  std::optional<std::int64_t> output_padding) {
  WindowAxis axis{.output = input, .kernel = kernel, .stride = stride, .dilation = dilation};
  const std::int64_t extent = (kernel - 1) * dilation + 1;
  const std::int64_t full = (input - 1) * stride + extent;
  if (padding == Padding::kValid) {
    axis.input = full + output_padding.value_or(std::max<std::int64_t>(stride - extent, 0));
  } else {
    const std::int64_t odd = extent % 2;
    // Keras's padding of the input spread out by the stride; what it leaves out is cropped from the front.
    const std::int64_t total = output_padding ? extent + odd - 2 + *output_padding : stride + extent - 2;
    axis.before = extent - 1 - std::min((total + 1) / 2, extent - 1);
    axis.input = output_padding ? full - extent + odd + *output_padding : input * stride;
  }
  axis.after = std::max<std::int64_t>(full - axis.before - axis.input, 0);
  return axis;
}

std::int64_t input_positions(const Window& window) {
  return product(window, &WindowAxis::input);
}
std::int64_t output_positions(const Window& window) {
  return product(window, &WindowAxis::output);
}
std::int64_t kernel_positions(const Window& window) {
  return product(window, &WindowAxis::kernel);
}

}  // namespace ktrain
