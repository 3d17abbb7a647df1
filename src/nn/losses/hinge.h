#pragma once

#include <memory>

#include "ktrain/nn/loss.h"

namespace ktrain {

// keras.losses.Hinge and SquaredHinge: the mean over the last axis of max(1 - t p, 0) or its square. Labels
// of 0 and 1 stand for -1 and 1 when all targets of the global batch are such.
std::unique_ptr<Loss> hinge();
std::unique_ptr<Loss> squared_hinge();

/// keras.losses.CategoricalHinge: max(max((1 - t) p) - sum t p + 1, 0) over the last axis.
std::unique_ptr<Loss> categorical_hinge();

}  // namespace ktrain
