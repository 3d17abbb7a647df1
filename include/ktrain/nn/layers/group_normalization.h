#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "ktrain/nn/layer.h"

namespace ktrain {

/// keras.layers.GroupNormalization: the channels of an axis in groups side by side, each group of a sample
/// normalized over its channels and all other axes; gamma and beta for each channel (Wu and He,
/// arXiv:1803.08494).
struct GroupNormalizationOptions {
  std::int64_t groups = 32;  ///< -1: one for each channel
  int axis = -1;             ///< the batch dimension counted; not it
  double epsilon = 1e-3;
  bool center = true;
  bool scale = true;
  std::shared_ptr<const Initializer> beta_initializer = {};   ///< null: Zeros
  std::shared_ptr<const Initializer> gamma_initializer = {};  ///< null: Ones
  Regularizer beta_regularizer = {};
  Regularizer gamma_regularizer = {};
  Constraint beta_constraint = {};
  Constraint gamma_constraint = {};
};

/// Variables: gamma, beta (absent without scale, center), a number for each channel. Throws
/// Error{kConfiguration} when the groups do not divide the channels.
std::unique_ptr<Layer> make_group_normalization(const std::string& name,
                                                const GroupNormalizationOptions& options,
                                                bool trainable = true);

}  // namespace ktrain
