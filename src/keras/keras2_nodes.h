#pragma once

#include "keras/json.h"

namespace ktrain {

/// Turns the calls of a Functional model's layers from Keras 2's lists, [[layer, call, index, keywords], …],
/// into Keras 3's args and kwargs; those of Keras 3 stay. `config` is the model's. Keras 2 counts the calls
/// of nested models from 1.
void convert_nodes(Json& config);

}  // namespace ktrain
