#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>

#include "ktrain/ops/window.h"

namespace ktrain {

/// How a window slides along one axis of an image: output o looks at the inputs
/// o·stride − before + k·dilation for k = 0 … kernel − 1 that exist.
struct WindowAxis {
  std::int64_t input = 1;
  std::int64_t output = 1;
  std::int64_t kernel = 1;
  std::int64_t stride = 1;
  std::int64_t dilation = 1;
  std::int64_t before = 0;  ///< padding in front of the first input
  std::int64_t after = 0;   ///< padding behind the last input

  friend bool operator==(const WindowAxis&, const WindowAxis&) = default;
};

/// Depth, height, width. An image of fewer axes has its last ones; the others are of length 1.
using Window = std::array<WindowAxis, 3>;

/// What an argument of a layer says for each spatial axis, outermost first; one to three numbers.
using AxisNumbers = std::span<const std::int64_t>;

/// By Keras's padding arithmetic; `output` is below 1 where the window does not fit.
WindowAxis window_axis(std::int64_t input, std::int64_t kernel, std::int64_t stride, std::int64_t dilation,
                       Padding padding);
Window make_window(AxisNumbers input, AxisNumbers kernel, AxisNumbers strides, AxisNumbers dilation,
                   Padding padding);

/// The window of the convolution whose gradient with respect to its input a transposed convolution is: its
/// `output` is what the layer gets, its `input` what the layer gives. With ke = (k − 1)·dilation + 1 and n
/// inputs (keras.layers.Conv2DTranspose) the layer gives
///   valid: (n − 1)·stride + max(ke, stride), with an output_padding p (n − 1)·stride + ke + p;
///   same:  n·stride,                         with an output_padding p (n − 1)·stride + ke mod 2 + p.
/// Causal padding does not exist here.
WindowAxis transposed_window_axis(std::int64_t input, std::int64_t kernel, std::int64_t stride,
                                  std::int64_t dilation, Padding padding,
                                  std::optional<std::int64_t> output_padding);

/// Products over the axes.
std::int64_t input_positions(const Window& window);
std::int64_t output_positions(const Window& window);
std::int64_t kernel_positions(const Window& window);

}  // namespace ktrain
