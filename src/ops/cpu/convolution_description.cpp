#include "ops/cpu/convolution_description.h"

namespace ktrain {
namespace {

using Tag = dnnl::memory::format_tag;

dnnl::memory::desc layout(const dnnl::memory::dims& dims, Tag tag) {
  return {dims, dnnl::memory::data_type::f32, tag};
}

dnnl::memory::dims kernel_dims(const ConvolutionShape& s) {
  const std::int64_t in = s.in_channels / s.groups;
  const auto& [height, width] = s.window;
  if (s.groups == 1) return {s.out_channels, in, height.kernel, width.kernel};
  return {s.groups, s.out_channels / s.groups, in, height.kernel, width.kernel};
}

}  // namespace

ConvolutionDescription describe(const ConvolutionShape& s, bool training) {
  const auto& [h, w] = s.window;
  return {.training = training,
          .source = layout({s.rows, s.in_channels, h.input, w.input}, Tag::nhwc),
          .weights = layout(kernel_dims(s), Tag::any),
          .bias = s.bias ? layout({s.out_channels}, Tag::x) : dnnl::memory::desc(),
          .destination = layout({s.rows, s.out_channels, h.output, w.output}, Tag::nhwc),
          .strides = {h.stride, w.stride},
          .dilation = {h.dilation - 1, w.dilation - 1},
          .before = {h.before, w.before},
          .after = {h.after, w.after}};
}

dnnl::memory::desc keras_kernel_layout(const ConvolutionShape& shape) {
  return layout(kernel_dims(shape), shape.groups == 1 ? Tag::hwio : Tag::hwigo);
}

}  // namespace ktrain
