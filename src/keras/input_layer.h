#pragma once

#include "keras/json.h"
#include "ktrain/keras/architecture.h"
#include "ktrain/tensor/shape.h"

namespace ktrain {

/// The batch size that an InputLayer's `config` fixes; 0 when it is open.
std::int64_t fixed_batch(const Json& config);

/// The sample shape that an InputLayer's `config` gives, its unknown dimensions those that `options` knows
/// for this input; the type a number or bool (which becomes float32), the tensor dense. Throws
/// Error{kConfiguration} that names the layer and the argument.
Shape read_input_layer(const Json& config, const ArchitectureOptions& options);

}  // namespace ktrain
