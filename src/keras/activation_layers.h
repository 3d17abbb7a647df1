#pragma once

#include <optional>

#include "keras/layer_config.h"

namespace ktrain {

/// The formula of a layer ReLU, LeakyReLU or Softmax from its arguments; nothing for any other class.
std::optional<Activation> read_activation_layer(LayerConfig& config);

}  // namespace ktrain
