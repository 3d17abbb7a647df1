#pragma once

#include <memory>
#include <string>

#include "ktrain/nn/layer.h"

namespace ktrain {

/// keras.ops.einsum of two tensors whose first letter, in both and in the result, is the batch.
std::unique_ptr<Layer> make_einsum_operation(const std::string& name, const std::string& equation);

/// keras.ops.matmul of two tensors of as many axes: products of their last two, the others spread.
std::unique_ptr<Layer> make_matmul_operation(const std::string& name);

}  // namespace ktrain
