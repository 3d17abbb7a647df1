#pragma once

#include <memory>
#include <string>

#include "ktrain/nn/layer.h"

namespace ktrain {

/// keras.layers.LeakyReLU: x > 0: x; else negative_slope x.
struct LeakyReLUOptions {
  float negative_slope = 0.3F;
};

/// Throws Error{kConfiguration} on a negative slope.
std::unique_ptr<Layer> make_leaky_relu(const std::string& name, const LeakyReLUOptions& options,
                                       bool trainable = true);

}  // namespace ktrain
