#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "ktrain/nn/layer.h"

namespace ktrain {

/// keras.layers.Reshape: the same elements under another sample shape. A view.
struct ReshapeOptions {
  std::vector<std::int64_t> target_shape = {};  ///< without the batch; one -1 is what remains
};

/// Throws Error{kConfiguration} on more than one -1 and on a number below that; build, on a wrong count.
std::unique_ptr<Layer> make_reshape(const std::string& name, const ReshapeOptions& options,
                                    bool trainable = true);

}  // namespace ktrain
