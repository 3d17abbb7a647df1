#pragma once

#include <memory>

#include "ktrain/nn/loss.h"

namespace ktrain {

// Losses over the last axis; what `options` say of another axis is left to over_axis.

/// keras.losses.CategoricalCrossentropy: targets are distributions over the last axis, smoothed to
/// t(1 - label_smoothing) + label_smoothing / classes.
std::unique_ptr<Loss> categorical_crossentropy(const LossOptions& options);

/// keras.losses.SparseCategoricalCrossentropy: targets are class indices; those that are ignore_class have
/// the value 0 and are masked.
std::unique_ptr<Loss> sparse_categorical_crossentropy(const LossOptions& options);

/// keras.losses.CategoricalFocalCrossentropy: sum of alpha (1 - q)^gamma · (-t log q) over the classes, q the
/// clipped share of a class (Lin et al., arXiv 1708.02002).
std::unique_ptr<Loss> categorical_focal_crossentropy(const LossOptions& options);

/// keras.losses.CategoricalGeneralizedCrossEntropy: (1 - p^q) / q, p the prediction of the target's class
/// (Zhang and Sabuncu, arXiv 1805.07836).
std::unique_ptr<Loss> categorical_generalized_cross_entropy(const LossOptions& options);

}  // namespace ktrain
