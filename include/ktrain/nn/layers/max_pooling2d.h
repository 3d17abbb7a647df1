#pragma once

#include <memory>
#include <optional>
#include <string>

#include "ktrain/nn/layer.h"
#include "ktrain/ops/window.h"

namespace ktrain {

/// keras.layers.MaxPooling2D, channels last: the largest element of each window, (N, H, W, C) -> (N, H', W',
/// C); padding is never selected.
struct MaxPooling2DOptions {
  HeightWidth pool_size{2, 2};
  std::optional<HeightWidth> strides = {};  ///< null: pool_size
  Padding padding = Padding::kValid;
};

/// Throws Error{kConfiguration} on a number below 1.
std::unique_ptr<Layer> make_max_pooling2d(const std::string& name, const MaxPooling2DOptions& options,
                                          bool trainable = true);

}  // namespace ktrain
