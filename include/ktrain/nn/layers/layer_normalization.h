#pragma once

#include <memory>
#include <string>
#include <vector>

#include "ktrain/nn/layer.h"

namespace ktrain {

/// keras.layers.LayerNormalization: (x - mean) / sqrt(variance + epsilon) gamma + beta over some axes,
/// each sample (and each place of the other axes) for itself (Ba et al., arXiv:1607.06450).
struct LayerNormalizationOptions {
  std::vector<int> axis = {-1};  ///< the batch dimension counted; not it
  double epsilon = 1e-3;
  bool center = true;
  bool scale = true;
  bool rms_scaling = false;                                   ///< x / sqrt(variance + epsilon) gamma
  std::shared_ptr<const Initializer> beta_initializer = {};   ///< null: Zeros
  std::shared_ptr<const Initializer> gamma_initializer = {};  ///< null: Ones
  Regularizer beta_regularizer = {};
  Regularizer gamma_regularizer = {};
  Constraint beta_constraint = {};
  Constraint gamma_constraint = {};
};
/// Variables: gamma, beta (absent without scale, center), of the axes' sizes.
std::unique_ptr<Layer> make_layer_normalization(const std::string& name,
                                                const LayerNormalizationOptions& options,
                                                bool trainable = true);

/// keras.layers.RMSNormalization: x / sqrt(mean of x^2 + epsilon) scale (Zhang and Sennrich,
/// arXiv:1910.07467).
struct RMSNormalizationOptions {
  std::vector<int> axis = {-1};
  double epsilon = 1e-6;
};
/// Variable: scale, of the axes' sizes.
std::unique_ptr<Layer> make_rms_normalization(const std::string& name, const RMSNormalizationOptions& options,
                                              bool trainable = true);

/// keras.layers.UnitNormalization: x min(1 / sqrt(sum of x^2), 1 / epsilon).
struct UnitNormalizationOptions {
  std::vector<int> axis = {-1};
  double epsilon = 1e-12;
};
std::unique_ptr<Layer> make_unit_normalization(const std::string& name,
                                               const UnitNormalizationOptions& options,
                                               bool trainable = true);

}  // namespace ktrain
