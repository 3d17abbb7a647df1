#pragma once

#include <memory>
#include <string>

#include "ktrain/nn/layer.h"

namespace ktrain {

/// keras.layers.Add: the sum of one or more inputs, from the left.
/// Shapes are broadcast; an input with fewer axes gets axes of 1 behind the batch.
std::unique_ptr<Layer> make_add(const std::string& name, bool trainable = true);

}  // namespace ktrain
