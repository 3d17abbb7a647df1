#include "ops/cpu/convolution_primitives.h"
#include "ops/cpu/dnnl_engine.h"
#include "ops/cpu/prepared_primitive.h"

namespace ktrain {
namespace {

constexpr auto kDirect = dnnl::algorithm::convolution_direct;

}  // namespace

dnnl::convolution_forward::primitive_desc describe_forward(const ConvolutionDescription& c) {
  const auto kind = c.training ? dnnl::prop_kind::forward_training : dnnl::prop_kind::forward_inference;
  const dnnl::convolution_forward::desc operation(kind, kDirect, c.source, c.weights, c.bias, c.destination,
                                                  c.strides, c.dilation, c.before, c.after);
  return {operation, scratchpad_attributes(), cpu_engine()};
}

dnnl::convolution_backward_data::primitive_desc describe_backward_data(
    const ConvolutionDescription& c, const dnnl::convolution_forward::primitive_desc& forward) {
  const dnnl::convolution_backward_data::desc operation(kDirect, c.source, c.weights, c.destination,
                                                        c.strides, c.dilation, c.before, c.after);
  return {operation, scratchpad_attributes(), cpu_engine(), forward};
}

dnnl::convolution_backward_weights::primitive_desc describe_backward_weights(
    const ConvolutionDescription& c, const dnnl::convolution_forward::primitive_desc& forward) {
  const dnnl::convolution_backward_weights::desc operation(
      kDirect, c.source, c.weights, c.bias, c.destination, c.strides, c.dilation, c.before, c.after);
  return {operation, scratchpad_attributes(), cpu_engine(), forward};
}

}  // namespace ktrain
