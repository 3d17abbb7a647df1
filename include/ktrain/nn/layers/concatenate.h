#pragma once

#include <memory>
#include <string>

#include "ktrain/nn/layer.h"

namespace ktrain {

/// keras.layers.Concatenate: two or more inputs one after the other along an axis; their other dimensions
/// agree.
struct ConcatenateOptions {
  int axis = -1;        ///< the batch dimension counted; not it
  bool stacks = false;  ///< along a new axis (keras.ops.stack); the inputs then have one shape
};

std::unique_ptr<Layer> make_concatenate(const std::string& name, const ConcatenateOptions& options,
                                        bool trainable = true);

}  // namespace ktrain
