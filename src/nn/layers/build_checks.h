#pragma once

#include <cstdint>
#include <span>

#include "ktrain/nn/layer.h"

namespace ktrain {

/// The only one of `inputs`; refuses any other number.
const Shape& single_input(const Layer& layer, std::span<const Shape> inputs);

/// The axis of the sample shape that `axis` of the batch's shape is (negative axes count from the back);
/// refuses the batch dimension and what is none of the shape's.
int sample_axis(const Layer& layer, int axis, const Shape& sample_shape);

/// These dimensions, as a sample's shape or a variable's; refuses more than a batch has room for.
Shape shape_of(const Layer& layer, std::span<const std::int64_t> dims);

}  // namespace ktrain
