#pragma once

#include <memory>
#include <string>

#include "ktrain/nn/layer.h"

namespace ktrain {

/// keras.layers.Flatten, channels last: (N, ...) -> (N, product of the rest). A view.
std::unique_ptr<Layer> make_flatten(const std::string& name, bool trainable = true);

}  // namespace ktrain
