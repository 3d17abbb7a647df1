#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "ktrain/nn/layer.h"
#include "ktrain/ops/activation.h"

namespace ktrain {

/// keras.layers.Dense: activation(x·kernel + bias) over the last axis, (N, …, in) -> (N, …, units).
struct DenseOptions {
  std::int64_t units = 0;
  Activation activation = {};
  bool use_bias = true;
  std::shared_ptr<const Initializer> kernel_initializer = {};  ///< null: GlorotUniform
  std::shared_ptr<const Initializer> bias_initializer = {};    ///< null: Zeros
  Regularizer kernel_regularizer = {};
  Regularizer bias_regularizer = {};
  Constraint kernel_constraint = {};
  Constraint bias_constraint = {};
};

/// Variables: kernel (in, units), bias (units). Throws Error{kConfiguration} on units < 1.
std::unique_ptr<Layer> make_dense(const std::string& name, const DenseOptions& options,
                                  bool trainable = true);

}  // namespace ktrain
