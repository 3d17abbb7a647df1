#pragma once

#include <memory>
#include <optional>
#include <string>

#include "ktrain/nn/layer.h"
#include "ktrain/ops/window.h"

namespace ktrain {

/// keras.layers.AveragePooling2D, channels last: the mean of each window's elements, (N, H, W, C) -> (N, H',
/// W', C); padding is not counted.
struct AveragePooling2DOptions {
  HeightWidth pool_size{2, 2};
  std::optional<HeightWidth> strides = {};  ///< null: pool_size
  Padding padding = Padding::kValid;
};

/// Throws Error{kConfiguration} on a number below 1.
std::unique_ptr<Layer> make_average_pooling2d(const std::string& name, const AveragePooling2DOptions& options,
                                              bool trainable = true);

}  // namespace ktrain
