#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "ktrain/nn/layer.h"

namespace ktrain {

/// Runs a kernel of one input and one output (masks behind the input are handed on) that works on the last
/// axes of samples whose `axes` are others: it gets copies with those at the back.
std::unique_ptr<LayerKernel> make_channels_last_kernel(std::unique_ptr<LayerKernel> kernel, std::int64_t rows,
                                                       const Shape& sample, std::span<const int> axes);

}  // namespace ktrain
