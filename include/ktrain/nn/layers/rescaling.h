#pragma once

#include <memory>
#include <string>
#include <vector>

#include "ktrain/nn/layer.h"

namespace ktrain {

/// keras.layers.Rescaling: x scale + offset. One number, or one for each element of the last axis.
struct RescalingOptions {
  std::vector<float> scale{1};
  std::vector<float> offset{0};
};

std::unique_ptr<Layer> make_rescaling(const std::string& name, const RescalingOptions& options,
                                      bool trainable = true);

}  // namespace ktrain
