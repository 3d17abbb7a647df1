#pragma once

#include <memory>

#include "ktrain/nn/loss.h"

namespace ktrain {

/// `loss`, which works over the last axis, over another axis of the output, counted with the batch dimension.
std::unique_ptr<Loss> over_axis(std::unique_ptr<Loss> loss, int axis);

}  // namespace ktrain
