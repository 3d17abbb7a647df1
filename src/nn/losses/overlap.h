#pragma once

#include <memory>

#include "ktrain/nn/loss.h"

namespace ktrain {

// Overlap of predictions and targets over some axes, or over the whole global batch when no axes are given.
// With I = sum t p, T = sum t, P = sum p:

/// keras.losses.Dice: 1 - 2 I / (T + P + epsilon)
std::unique_ptr<Loss> dice(const LossOptions& options);

/// keras.losses.Tversky: 1 - I / (I + alpha (T - I) + beta (P - I) + epsilon)
std::unique_ptr<Loss> tversky(const LossOptions& options);

}  // namespace ktrain
