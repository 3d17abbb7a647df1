#pragma once

#include <dnnl.hpp>

#include "ops/cpu/convolution_description.h"

namespace ktrain {

// Whatever differs between oneDNN 2.x and 3.x, in a source file for each; the direct algorithm.
dnnl::convolution_forward::primitive_desc describe_forward(const ConvolutionDescription& convolution);
dnnl::convolution_backward_data::primitive_desc describe_backward_data(
    const ConvolutionDescription& convolution, const dnnl::convolution_forward::primitive_desc& forward);
dnnl::convolution_backward_weights::primitive_desc describe_backward_weights(
    const ConvolutionDescription& convolution, const dnnl::convolution_forward::primitive_desc& forward);

}  // namespace ktrain
