#pragma once

#include <optional>

namespace ktrain {

/// The hyperparameters of every optimizer, with Keras 3's names and meaning; each optimizer reads its own. An
/// absent value means the Keras class's default.
struct OptimizerOptions {
  std::optional<double> learning_rate = {};
  std::optional<double> momentum = {};  ///< SGD, RMSprop
  bool nesterov = false;                ///< SGD
  std::optional<double> rho = {};       ///< RMSprop
  bool centered = false;                ///< RMSprop
  std::optional<double> beta_1 = {};    ///< Adam, AdamW
  std::optional<double> beta_2 = {};    ///< Adam, AdamW
  bool amsgrad = false;                 ///< Adam, AdamW
  std::optional<double> epsilon = {};
  std::optional<double> weight_decay = {};  ///< decoupled, any optimizer: w -= w·weight_decay·learning_rate
  // At most one of the three; 0 is off.
  std::optional<double> clipnorm = {};         ///< per variable
  std::optional<double> global_clipnorm = {};  ///< over all variables
  std::optional<double> clipvalue = {};        ///< element-wise
};

}  // namespace ktrain
