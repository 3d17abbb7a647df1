#pragma once

#include <memory>
#include <string>

#include "ktrain/nn/layer.h"

namespace ktrain {

/// (N, T, …) with the steps in the opposite order: what Bidirectional does with its backward layer's
/// sequence, masked steps and all. No class of Keras.
std::unique_ptr<Layer> make_reverse_sequence(const std::string& name, bool trainable = true);

}  // namespace ktrain
