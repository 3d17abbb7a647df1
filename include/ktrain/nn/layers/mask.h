#pragma once

#include <memory>
#include <string>

#include "ktrain/nn/layer.h"

// Masks: float32 tensors of ones (the element counts) and zeros, computed beside the values. No gradient
// flows through these layers; any number but 0 is a one.
namespace ktrain {

/// x != value, or along the last axis any(x != value): of samples without their last axis. What
/// keras.layers.Embedding (0) and keras.layers.Masking give as their mask.
std::unique_ptr<Layer> make_not_equal_mask(const std::string& name, float value, bool reduce_last_axis);

/// Where any, or every, one of the inputs has a one. Their ranks are equal, their dimensions equal or 1.
std::unique_ptr<Layer> make_mask_or(const std::string& name);
std::unique_ptr<Layer> make_mask_and(const std::string& name);

/// Ones, for samples of the input's shape without its last axis: the mask of a tensor that has none.
std::unique_ptr<Layer> make_ones_mask(const std::string& name);

}  // namespace ktrain
