#pragma once

#include <memory>

#include "ktrain/nn/loss.h"

namespace ktrain {

/// keras.losses.CosineSimilarity over the last axis: -sum t p / (|t| |p|), norms not below epsilon. The
/// metric of that name has the opposite sign.
std::unique_ptr<Loss> cosine_similarity(float sign = -1);

}  // namespace ktrain
