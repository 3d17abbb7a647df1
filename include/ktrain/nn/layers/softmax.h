#pragma once

#include <memory>
#include <string>
#include <vector>

#include "ktrain/nn/layer.h"

namespace ktrain {

/// keras.layers.Softmax: e^x / sum of e^x along an axis, or over several.
struct SoftmaxOptions {
  std::vector<int> axis = {-1};  ///< the batch dimension counted; not it
  /// A mask follows the input, of as many axes, each the input's size or 1: where it is 0, x is -1e9 and the
  /// result 0.
  bool masked = false;
};

std::unique_ptr<Layer> make_softmax(const std::string& name, const SoftmaxOptions& options,
                                    bool trainable = true);

}  // namespace ktrain
