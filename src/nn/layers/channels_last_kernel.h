#pragma once

#include <cstdint>
#include <memory>

#include "ktrain/nn/layer.h"

namespace ktrain {

/// Runs a kernel of one input and one output that works on the last axis of samples whose axis is another: it
/// gets copies with that axis at the back.
std::unique_ptr<LayerKernel> make_channels_last_kernel(std::unique_ptr<LayerKernel> kernel, std::int64_t rows,
                                                       const Shape& sample, int axis);

}  // namespace ktrain
