#pragma once

#include <dnnl.hpp>

namespace ktrain {

/// The arguments of a convolution as oneDNN describes them: logical dimensions (N, C, H, W) whatever lies in
/// memory; weights in any layout; an empty bias where there is none; a dilation of 0 is dense.
struct ConvolutionDescription {
  bool training = true;
  dnnl::memory::desc source;
  dnnl::memory::desc weights;
  dnnl::memory::desc bias;
  dnnl::memory::desc destination;
  dnnl::memory::dims strides;
  dnnl::memory::dims dilation;
  dnnl::memory::dims before;
  dnnl::memory::dims after;
};

// Whatever differs between oneDNN 2.x and 3.x, in a source file for each; the direct algorithm.
dnnl::convolution_forward::primitive_desc describe_forward(const ConvolutionDescription& convolution);
dnnl::convolution_backward_data::primitive_desc describe_backward_data(
    const ConvolutionDescription& convolution, const dnnl::convolution_forward::primitive_desc& forward);
dnnl::convolution_backward_weights::primitive_desc describe_backward_weights(
    const ConvolutionDescription& convolution, const dnnl::convolution_forward::primitive_desc& forward);

}  // namespace ktrain
