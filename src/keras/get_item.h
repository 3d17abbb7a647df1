#pragma once

#include <memory>

#include "keras/layer_config.h"
#include "ktrain/nn/layer.h"

namespace ktrain {

/// keras.ops GetItem: x[key] with integers, slices, None and "…" behind the batch, which stays whole.
std::unique_ptr<Layer> read_get_item(LayerConfig& config);

/// The shape without one of its axes.
Shape without_axis(const Shape& shape, int axis);

}  // namespace ktrain
