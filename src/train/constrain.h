#pragma once

#include "ktrain/nn/model.h"

namespace ktrain {

/// Brings every trainable variable back to its constraint, as Keras does after each update.
void apply_constraints(Model& model);

}  // namespace ktrain
