#pragma once

#include <span>

#include "keras/bound_call.h"
#include "keras/helper_layers.h"
#include "keras/json.h"

namespace ktrain {

/// Adds what a call of a layer adds to the loss by its activity_regularizer, as Keras's Layer.__call__ does:
/// a penalty of each output. `object` is the layer's.
void add_activity_penalties(const Json& object, std::span<const MaskedTensor> outputs, HelperLayers& helpers);

}  // namespace ktrain
