#pragma once

#include <span>
#include <string>
#include <string_view>

namespace ktrain {

/// Keras's snake case of a class name (keras.src.utils.naming.to_snake_case): "MaxPooling2D" ->
/// "max_pooling2d", "ReLU" -> "re_lu", "MSE" -> "mse". What is in snake case stays as it is.
std::string snake_case(std::string_view name);

/// "a, b, c".
std::string join(std::span<const std::string> names);

}  // namespace ktrain
