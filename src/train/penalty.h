#pragma once

#include "ktrain/nn/model.h"

namespace ktrain {

/// The regularizers' penalties of all trainable variables: part of the loss, once a step and not once a
/// worker.
double total_penalty(const Model& model);
/// Adds their gradients to the flat gradients; after the reduction.
void add_penalty_gradients(Model& model);

}  // namespace ktrain
