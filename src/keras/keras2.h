#pragma once

#include <string>

#include "keras/json.h"

namespace ktrain {

/// A model's description in the dialect of Keras 2 (tf.keras, tf-keras; `.h5` files and the first `.keras`
/// files) as Keras 3 would write it; one in Keras 3's dialect unchanged. Class names, arguments that Keras 3
/// dropped or renamed, input shapes, dtype policies, nodes as lists, and the numbering of nested models'
/// calls are translated. What Keras 2 has and Keras 3 has not stays, to be refused by its name.
///
/// What Keras 3 computes otherwise gets a name of its own that ktrain alone knows: the activation
/// keras2_hard_sigmoid, and in models with masks the classes Keras2Add, Keras2Multiply, … (whose output's
/// mask is of all inputs that have one), Keras2Identity and Keras2Normalization (which drop it).
Json to_keras3(Json model);

/// Throws Error{kConfiguration} that names what the description has of these, which no Keras can load.
void require_keras3(const std::string& description);

}  // namespace ktrain
