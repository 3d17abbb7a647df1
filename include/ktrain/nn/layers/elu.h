#pragma once

#include <memory>
#include <string>

#include "ktrain/nn/layer.h"

namespace ktrain {

/// keras.layers.ELU: x > 0 ? x : alpha (e^x - 1).
struct ELUOptions {
  float alpha = 1;  ///< at least 0
};

std::unique_ptr<Layer> make_elu(const std::string& name, const ELUOptions& options, bool trainable = true);

}  // namespace ktrain
