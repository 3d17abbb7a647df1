#pragma once

#include <memory>
#include <string>
#include <vector>

#include "ktrain/nn/layer.h"

namespace ktrain {

/// keras.layers.PReLU: x > 0 ? x : alpha x with an alpha for each element of a sample (He et al.,
/// arXiv:1502.01852).
struct PReLUOptions {
  std::shared_ptr<const Initializer> alpha_initializer = {};  ///< null: Zeros
  Regularizer alpha_regularizer = {};
  Constraint alpha_constraint = {};
  std::vector<int> shared_axes = {};  ///< along which alpha is one number; the batch dimension is 0
};

/// Variable: alpha, of the sample's shape with 1 for each shared axis.
std::unique_ptr<Layer> make_prelu(const std::string& name, const PReLUOptions& options,
                                  bool trainable = true);

}  // namespace ktrain
