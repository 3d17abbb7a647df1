#pragma once

#include <dnnl.hpp>

#include "ops/convolution.h"

namespace ktrain {

/// The arguments of a convolution as oneDNN describes them: logical dimensions (N, C, H, W), or (N, C, D, H,
/// W) for images with depth, whatever lies in memory; weights in any layout; an empty bias where there is
/// none; a dilation of 0 is dense.
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

ConvolutionDescription describe(const ConvolutionShape& shape, bool training);

/// A kernel as it lies in Keras's layout.
dnnl::memory::desc keras_kernel_layout(const ConvolutionShape& shape);

}  // namespace ktrain
