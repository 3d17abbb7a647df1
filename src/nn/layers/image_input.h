#pragma once

#include "nn/layers/build_checks.h"
#include "nn/refuse.h"

namespace ktrain {

/// The one input of a layer on images, (H, W, C); refuses any other.
inline const Shape& image_input(const Layer& layer, std::span<const Shape> inputs) {
  const Shape& input = single_input(layer, inputs);
  if (input.rank() != 3) refuse(layer, "takes images of shape (H, W, C), not ", input);
  return input;
}

}  // namespace ktrain
