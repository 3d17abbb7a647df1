#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace ktrain {

class LearningRateSchedule;

/// The arguments of every optimizer, with Keras 3's names and meaning; each optimizer has its own and those
/// that all have. An absent value means the Keras class's default.
struct OptimizerOptions {
  std::optional<double> learning_rate = {};
  std::optional<double> momentum = {};  ///< SGD, RMSprop, Muon
  std::optional<bool> nesterov = {};    ///< SGD, Muon
  std::optional<double> rho = {};       ///< RMSprop, Adadelta
  std::optional<bool> centered = {};    ///< RMSprop
  std::optional<double> beta_1 = {};    ///< Adam, AdamW, Adamax, Nadam, Lion, Lamb, ScheduleFreeAdamW
  std::optional<double> beta_2 = {};    ///< the same
  std::optional<bool> amsgrad = {};     ///< Adam, AdamW
  std::optional<double> epsilon = {};   ///< all but SGD, Ftrl, Lion and Adafactor
  std::optional<double> weight_decay =
      {};  ///< decoupled, any optimizer: w -= w·weight_decay·learning_rate; 0 is off
  // At most one of the three; 0 is off.
  std::optional<double> clipnorm = {};         ///< per variable
  std::optional<double> global_clipnorm = {};  ///< over all variables
  std::optional<double> clipvalue = {};        ///< element-wise

  // Adagrad, Ftrl
  std::optional<double> initial_accumulator_value = {};
  // Ftrl
  std::optional<double> learning_rate_power = {};
  std::optional<double> l1_regularization_strength = {};
  std::optional<double> l2_regularization_strength = {};
  std::optional<double> l2_shrinkage_regularization_strength = {};
  std::optional<double> beta = {};
  // Adafactor
  std::optional<double> beta_2_decay = {};
  std::optional<double> epsilon_1 = {};
  std::optional<double> epsilon_2 = {};
  std::optional<double> clip_threshold = {};
  std::optional<bool> relative_step = {};
  // Muon
  std::optional<double> adam_beta_1 = {};
  std::optional<double> adam_beta_2 = {};
  std::optional<double> adam_weight_decay = {};
  std::optional<double> adam_lr_ratio = {};
  std::optional<double> muon_a = {};
  std::optional<double> muon_b = {};
  std::optional<double> muon_c = {};
  std::optional<std::int64_t> ns_steps = {};
  std::optional<double> rms_rate = {};  ///< 0: updates are not scaled with the shape (Keras: None)
  std::optional<bool> exclude_embeddings = {};
  std::vector<std::string> exclude_layers = {};  ///< regular expressions over paths ("dense/kernel")
  // ScheduleFreeAdamW
  std::optional<std::int64_t> warmup_steps = {};

  // All optimizers
  /// In the place of learning_rate.
  std::shared_ptr<const LearningRateSchedule> schedule = {};
  /// Regular expressions over variables' names ("bias"); no weight decay where one is found. Not in Keras's
  /// files.
  std::vector<std::string> exclude_from_weight_decay = {};
  std::optional<bool> use_ema = {};
  std::optional<double> ema_momentum = {};
  std::optional<std::int64_t> ema_overwrite_frequency = {};
  /// Kept for Keras's files alone: gradients here are those of the loss itself, in float32.
  std::optional<double> loss_scale_factor = {};
  std::optional<std::int64_t> gradient_accumulation_steps = {};
  std::optional<std::string> name = {};
};

}  // namespace ktrain
