#pragma once

#include <memory>
#include <string>

#include "ktrain/nn/layer.h"

namespace ktrain {

/// keras.layers.Subtract: the first of two inputs less the second.
/// Shapes are broadcast; an input with fewer axes gets axes of 1 behind the batch.
std::unique_ptr<Layer> make_subtract(const std::string& name, bool trainable = true);

}  // namespace ktrain
