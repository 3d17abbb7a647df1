#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "ktrain/nn/layer.h"

namespace ktrain {

/// An output made of elements of a sample: along each axis of the input the indices to take, in order, as
/// often as they stand there; -1 for a place that holds the padding. `shape` has as many elements as the
/// indices give: axes of 1 may be left out.
struct Selection {
  std::vector<std::vector<std::int64_t>> indices;
  Shape shape;
};

/// The outputs for a sample of this shape; it refuses, in the layer's name, what does not fit.
using SelectionRule = std::function<std::vector<Selection>(const Layer& layer, const Shape& sample)>;

/// Slicing, repeating, flipping, splitting, padding: whatever takes elements along each axis for itself.
std::unique_ptr<Layer> make_selection(const std::string& name, const std::string& class_name,
                                      SelectionRule rule, float padding = 0);

}  // namespace ktrain
