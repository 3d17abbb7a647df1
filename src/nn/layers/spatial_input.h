#pragma once

#include <span>

#include "ktrain/nn/layer.h"

namespace ktrain {

/// The one input of a layer on samples of `axes` spatial axes and channels: (steps, C), (H, W, C) or
/// (D, H, W, C); refuses any other.
const Shape& spatial_input(const Layer& layer, std::span<const Shape> inputs, std::size_t axes);

/// The sizes of its spatial axes.
std::span<const std::int64_t> space(const Shape& sample);

/// (space…, channels) of as many axes as `sample` has, their sizes the last ones of `sizes`.
Shape spatial_sample(const Shape& sample, std::span<const std::int64_t> sizes, std::int64_t channels);

/// Refuses an argument that holds a number below `least`.
void require_at_least(const Layer& layer, const char* what, std::int64_t least,
                      std::span<const std::int64_t> values);

}  // namespace ktrain
