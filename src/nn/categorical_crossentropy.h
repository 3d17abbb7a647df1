#pragma once

#include <memory>

#include "ktrain/nn/loss.h"

namespace ktrain {

/// keras.losses.CategoricalCrossentropy: targets are distributions over the last axis, smoothed to
/// t(1 - label_smoothing) + label_smoothing / classes.
std::unique_ptr<Loss> categorical_crossentropy(const LossOptions& options);

/// keras.losses.SparseCategoricalCrossentropy: targets are class indices.
std::unique_ptr<Loss> sparse_categorical_crossentropy(const LossOptions& options);

}  // namespace ktrain
