#pragma once

#include <memory>
#include <string>

#include "ktrain/nn/layer.h"

namespace ktrain {

/// keras.layers.ActivityRegularization: y = x. What it adds to the loss is a make_activity_penalty of y.
std::unique_ptr<Layer> make_activity_regularization(const std::string& name, bool trainable = true);

/// What an activity_regularizer adds to the loss: penalty(regularizer, x) / rows of the global batch. A layer
/// of one input and without an output; its gradient is added to the input's.
std::unique_ptr<Layer> make_activity_penalty(const std::string& name, const Regularizer& regularizer);

}  // namespace ktrain
