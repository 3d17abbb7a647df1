#pragma once

#include <memory>
#include <string>

#include "ktrain/nn/layer.h"

namespace ktrain {

/// keras.layers.Add: the sum of two or more inputs of one shape, from the left.
std::unique_ptr<Layer> make_add(const std::string& name, bool trainable = true);

}  // namespace ktrain
