#pragma once

#include "keras/json.h"

namespace ktrain {

/// The compile settings of a model of Keras 2 as Keras 3 would write them: optimizer, losses and metrics
/// under their names of today, without the arguments that Keras 3 dropped.
Json compile_to_keras3(const Json& compiled);

}  // namespace ktrain
