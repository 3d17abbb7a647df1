#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>

#include "ktrain/nn/layer.h"

namespace ktrain {

/// keras.layers.ZeroPadding2D, channels last: (N, H, W, C) -> (N, top + H + bottom, left + W + right, C).
struct ZeroPadding2DOptions {
  /// ((top, bottom), (left, right))
  std::array<std::array<std::int64_t, 2>, 2> padding{{{1, 1}, {1, 1}}};
};

/// Throws Error{kConfiguration} on a negative number.
std::unique_ptr<Layer> make_zero_padding2d(const std::string& name, const ZeroPadding2DOptions& options,
                                           bool trainable = true);

}  // namespace ktrain
