#pragma once

#include <memory>
#include <string>

#include "ktrain/nn/layer.h"

namespace ktrain {

/// keras.layers.Softmax: e^x / sum of e^x along an axis.
struct SoftmaxOptions {
  int axis = -1;  ///< the batch dimension counted; not it
};

std::unique_ptr<Layer> make_softmax(const std::string& name, const SoftmaxOptions& options,
                                    bool trainable = true);

}  // namespace ktrain
