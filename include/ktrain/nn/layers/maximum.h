#pragma once

#include <memory>
#include <string>

#include "ktrain/nn/layer.h"

namespace ktrain {

/// keras.layers.Maximum: the largest of one or more inputs; equal ones share the gradient.
/// Shapes are broadcast; an input with fewer axes gets axes of 1 behind the batch.
/// `masked`: a mask for each input follows the inputs, which then have one shape; an element is left out
/// where its mask has a zero, and where all have one the result is the first input.
std::unique_ptr<Layer> make_maximum(const std::string& name, bool masked = false, bool trainable = true);

}  // namespace ktrain
