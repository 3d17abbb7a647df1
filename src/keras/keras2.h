#pragma once

#include "keras/json.h"

namespace ktrain {

/// A model's description in the dialect of Keras 2 (tf.keras, tf-keras; `.h5` files and the first `.keras`
/// files) as Keras 3 would write it; one in Keras 3's dialect unchanged. Class names, arguments that Keras 3
/// dropped or renamed, input shapes, dtype policies, nodes as lists, and the numbering of nested models'
/// calls are translated. What Keras 2 has and Keras 3 has not stays, to be refused by its name.
Json to_keras3(const Json& model);

}  // namespace ktrain
