#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ktrain/nn/layer.h"
#include "ktrain/ops/activation.h"

namespace ktrain {

/// keras.layers.EinsumDense: activation(einsum(equation, x, kernel) + bias), "abc,cd->abd" with the batch as
/// the first letter.
struct EinsumDenseOptions {
  std::string equation;
  /// The sizes of the result behind the batch, without those that "..." stands for; nothing: as in the input.
  std::vector<std::optional<std::int64_t>> output_shape;
  std::string bias_axes = {};  ///< the letters of the result along which the bias varies; empty: no bias
  Activation activation = {};
  std::shared_ptr<const Initializer> kernel_initializer = {};  ///< null: GlorotUniform
  std::shared_ptr<const Initializer> bias_initializer = {};    ///< null: Zeros
  Regularizer kernel_regularizer = {};
  Regularizer bias_regularizer = {};
  Constraint kernel_constraint = {};
  Constraint bias_constraint = {};
};

/// Variables: kernel, its shape from the equation; bias, from the first of bias_axes on. Throws
/// Error{kConfiguration} that says why an equation, or a shape, does not fit.
std::unique_ptr<Layer> make_einsum_dense(const std::string& name, const EinsumDenseOptions& options,
                                         bool trainable = true);

}  // namespace ktrain
