#include "ops/cpu/convolution_description.h"

#include <utility>

namespace ktrain {
namespace {

using Tag = dnnl::memory::format_tag;
using Dims = dnnl::memory::dims;

dnnl::memory::desc layout(const Dims& dims, Tag tag) {
  return {dims, dnnl::memory::data_type::f32, tag};
}

/// Images with depth are described with three axes, all others with two: oneDNN has its fastest kernels
/// there.
bool has_depth(const Window& window) {
  return window[0] != WindowAxis{};
}

/// `first` and what `of` says of each axis.
template <typename Of>
Dims with_axes(Dims first, const Window& window, const Of& of) {
  for (std::size_t axis = has_depth(window) ? 0 : 1; axis < window.size(); ++axis) {
    first.push_back(of(window[axis]));
  }
  return first;
}

Dims with_axes(Dims first, const Window& window, std::int64_t WindowAxis::*of) {
  return with_axes(std::move(first), window, [of](const WindowAxis& axis) { return axis.*of; });
}

Dims kernel_dims(const ConvolutionShape& s) {
  const std::int64_t in = s.in_channels / s.groups;
  const Dims channels =
      s.groups == 1 ? Dims{s.out_channels, in} : Dims{s.groups, s.out_channels / s.groups, in};
  return with_axes(channels, s.window, &WindowAxis::kernel);
}

}  // namespace

ConvolutionDescription describe(const ConvolutionShape& s, bool training) {
  const Tag images = has_depth(s.window) ? Tag::ndhwc : Tag::nhwc;
  return {.training = training,
          .source = layout(with_axes({s.rows, s.in_channels}, s.window, &WindowAxis::input), images),
          .weights = layout(kernel_dims(s), Tag::any),
          .bias = s.bias ? layout({s.out_channels}, Tag::x) : dnnl::memory::desc(),
          .destination = layout(with_axes({s.rows, s.out_channels}, s.window, &WindowAxis::output), images),
          .strides = with_axes({}, s.window, &WindowAxis::stride),
          .dilation = with_axes({}, s.window, [](const WindowAxis& axis) { return axis.dilation - 1; }),
          .before = with_axes({}, s.window, &WindowAxis::before),
          .after = with_axes({}, s.window, &WindowAxis::after)};
}

dnnl::memory::desc keras_kernel_layout(const ConvolutionShape& shape) {
  const bool groups = shape.groups > 1;
  const Tag depth = groups ? Tag::dhwigo : Tag::dhwio;
  return layout(kernel_dims(shape), has_depth(shape.window) ? depth : groups ? Tag::hwigo : Tag::hwio);
}

}  // namespace ktrain
