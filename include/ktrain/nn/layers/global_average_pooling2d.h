#pragma once

#include <memory>
#include <string>

#include "ktrain/nn/layer.h"

namespace ktrain {

/// keras.layers.GlobalAveragePooling2D, channels last: (N, H, W, C) -> (N, C), or (N, 1, 1, C) with keepdims.
struct GlobalAveragePooling2DOptions {
  bool keepdims = false;
};

std::unique_ptr<Layer> make_global_average_pooling2d(const std::string& name,
                                                     const GlobalAveragePooling2DOptions& options,
                                                     bool trainable = true);

}  // namespace ktrain
