#pragma once

#include <memory>
#include <string>

#include "ktrain/nn/initializer.h"
#include "ktrain/nn/layer.h"

namespace ktrain {

/// The specification of a kernel (default GlorotUniform) or a bias (default Zeros).
inline ParameterSpec kernel_spec(const Shape& shape, const std::shared_ptr<const Initializer>& initializer,
                                 const Regularizer& regularizer, const Constraint& constraint = {}) {
  return {.name = "kernel",
          .shape = shape,
          .trainable = true,
          .initializer = initializer ? initializer : make_initializer("GlorotUniform"),
          .regularizer = regularizer,
          .constraint = constraint};
}
inline ParameterSpec bias_spec(std::int64_t count, const std::shared_ptr<const Initializer>& initializer,
                               const Regularizer& regularizer, const Constraint& constraint = {}) {
  return {.name = "bias",
          .shape = Shape{count},
          .trainable = true,
          .initializer = initializer ? initializer : make_initializer("Zeros"),
          .regularizer = regularizer,
          .constraint = constraint};
}

}  // namespace ktrain
