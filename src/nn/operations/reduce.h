#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ktrain/nn/layer.h"

namespace ktrain {

enum class ReduceKind : std::uint8_t { kSum, kMean, kMaximum, kMinimum };

/// A sum, mean, maximum or minimum over some axes of the batch's shape, as keras.ops: nothing for `axes` is
/// all of them, which mixes samples and is refused, as any list with the batch is. Elements that share a
/// maximum share its gradient.
std::unique_ptr<Layer> make_reduce_operation(const std::string& name, const std::string& class_name,
                                             ReduceKind kind, const std::optional<std::vector<int>>& axes,
                                             bool keepdims);

}  // namespace ktrain
