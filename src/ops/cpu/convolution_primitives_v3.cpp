#include "ops/cpu/convolution_primitives.h"
#include "ops/cpu/dnnl_engine.h"
#include "ops/cpu/prepared_primitive.h"

namespace ktrain {
namespace {

constexpr auto kDirect = dnnl::algorithm::convolution_direct;

}  // namespace

dnnl::convolution_forward::primitive_desc describe_forward(const ConvolutionDescription& c) {
  const auto kind = c.training ? dnnl::prop_kind::forward_training : dnnl::prop_kind::forward_inference;
  return {cpu_engine(),  kind,      kDirect,    c.source, c.weights, c.bias,
          c.destination, c.strides, c.dilation, c.before, c.after,   scratchpad_attributes()};
}

dnnl::convolution_backward_data::primitive_desc describe_backward_data(
    const ConvolutionDescription& c, const dnnl::convolution_forward::primitive_desc& forward) {
  return {cpu_engine(), kDirect,  c.source, c.weights, c.destination,          c.strides,
          c.dilation,   c.before, c.after,  forward,   scratchpad_attributes()};
}

dnnl::convolution_backward_weights::primitive_desc describe_backward_weights(
    const ConvolutionDescription& c, const dnnl::convolution_forward::primitive_desc& forward) {
  return {cpu_engine(), kDirect,    c.source, c.weights, c.bias,  c.destination,
          c.strides,    c.dilation, c.before, c.after,   forward, scratchpad_attributes()};
}

}  // namespace ktrain
