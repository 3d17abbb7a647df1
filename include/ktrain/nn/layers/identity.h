#pragma once

#include <memory>
#include <string>

#include "ktrain/nn/layer.h"

namespace ktrain {

/// keras.layers.Identity: y = x.
std::unique_ptr<Layer> make_identity(const std::string& name, bool trainable = true);

}  // namespace ktrain
