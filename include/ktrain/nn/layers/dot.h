#pragma once

#include <array>
#include <memory>
#include <string>

#include "ktrain/nn/layer.h"

namespace ktrain {

/// keras.layers.Dot: the products of two inputs summed over one axis of each, sample by sample; the output
/// has the first input's other axes, then the second's, or one axis of 1 where neither has any.
struct DotOptions {
  /// An axis of each input, the batch dimension counted; not it.
  std::array<int, 2> axes{-1, -1};
  /// Scales both inputs to length 1 along their axis first: x min(1 / sqrt(sum of x^2), 1e7).
  bool normalize = false;
};
std::unique_ptr<Layer> make_dot(const std::string& name, const DotOptions& options, bool trainable = true);

}  // namespace ktrain
