#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "ktrain/nn/layer.h"

namespace ktrain {

/// Whether these axes, in order, have no other between them.
bool side_by_side(std::span<const int> axes);
/// The order of `count` axes with the others of them first, then these.
std::vector<int> axes_at_back(std::span<const int> axes, int count);

/// The order that undoes one.
std::vector<int> inverse_of(const std::vector<int>& order);

/// A sample's shape with its axes in another order; axis i is axis order[i].
Shape moved_sample(const Shape& sample, const std::vector<int>& order);

/// Runs a kernel that was made for inputs with their axes in another order on `inputs` as they are, the first
/// of the layer's; the others are handed on. Its first output, of the shape `output`, is moved back.
std::unique_ptr<LayerKernel> make_moved_axes_kernel(std::unique_ptr<LayerKernel> kernel, std::int64_t rows,
                                                    std::span<const Shape> inputs, const Shape& output,
                                                    const std::vector<int>& order);

}  // namespace ktrain
