#pragma once

#include <memory>
#include <string>

#include "ktrain/nn/layer.h"

namespace ktrain {

/// keras.layers.Masking: the input with those lines of the last axis set to 0 that hold nothing but
/// mask_value. The mask itself is make_not_equal_mask(…, mask_value, true).
struct MaskingOptions {
  float mask_value = 0;
};

std::unique_ptr<Layer> make_masking(const std::string& name, const MaskingOptions& options,
                                    bool trainable = true);

}  // namespace ktrain
