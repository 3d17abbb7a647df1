#pragma once

#include "keras/json.h"
#include "ktrain/tensor/shape.h"

namespace ktrain {

/// The sample shape that an InputLayer's `config` gives; every dimension must be known, the type float32 or
/// uint8 (which becomes float32), the tensor dense. Throws Error{kConfiguration} that names the layer and the
/// argument.
Shape read_input_layer(const Json& config);

}  // namespace ktrain
