#pragma once

#include <memory>
#include <string>

#include "ktrain/nn/layer.h"
#include "ktrain/ops/activation.h"

namespace ktrain {

/// keras.layers.Activation: y = activation(x), element by element or along an axis (ktrain/ops/activation.h).
struct ActivationOptions {
  Activation activation = {};
};

/// Throws Error{kConfiguration} on a parameter out of its range.
std::unique_ptr<Layer> make_activation(const std::string& name, const ActivationOptions& options,
                                       bool trainable = true);

}  // namespace ktrain
