#pragma once

#include <memory>
#include <optional>
#include <string>

#include "ktrain/nn/layer.h"

namespace ktrain {

/// keras.layers.ReLU: x >= max_value: max_value; x > threshold: x; else negative_slope (x - threshold).
struct ReLUOptions {
  std::optional<float> max_value = {};  ///< null: no limit
  float negative_slope = 0;
  float threshold = 0;
};

/// Throws Error{kConfiguration} on a negative number, and on max_value 0.
std::unique_ptr<Layer> make_relu(const std::string& name, const ReLUOptions& options, bool trainable = true);

}  // namespace ktrain
