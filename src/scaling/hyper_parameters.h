#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ktrain {

/// Keras's optimizer classes, and LARS. SGD with and without momentum, Nesterov's too, is one family: the
/// same rules hold, for the velocity is the same.
enum class OptimizerFamily {
  kSgd,
  kRmsprop,
  kAdam,
  kAdamW,
  kNadam,
  kAdamax,
  kAdagrad,
  kAdadelta,
  kFtrl,
  kLion,
  kLamb,
  kLars,
  kAdafactor,
  kMuon,
  kScheduleFreeAdamW,
};

/// Keras's class name: "AdamW".
std::string_view optimizer_name(OptimizerFamily family);

/// By Keras's class name as it is spelled there. Throws Error{kUsage} for a class that there is not.
OptimizerFamily optimizer_family(std::string_view class_name);

/// Divides by the root of a running mean of squared gradients: RMSprop and Adam with its relatives.
bool is_adaptive(OptimizerFamily family);

/// The update divides by sqrt(v + epsilon), not by sqrt(v) + epsilon.
bool epsilon_inside_root(OptimizerFamily family);

/// What of a learning-rate schedule counts steps. Steps may be fractions.
struct StepSchedule {
  std::vector<double> boundaries = {};            ///< steps at which the learning rate jumps
  std::optional<double> total_steps = {};         ///< of a cosine or a line; Keras's decay_steps
  std::optional<double> decay_per_step = {};      ///< gamma of lr·gamma^t
  std::optional<double> inverse_time_decay = {};  ///< d of lr / (1 + d·t)
  std::optional<double> warmup_steps = {};
};

/// Something done every so many steps: evaluation, a checkpoint, a line of the log; or a patience in steps.
struct Cadence {
  std::string name;
  std::int64_t steps;
};

/// What of a run may depend on the batch size, with Keras's names; absent is what the optimizer or the model
/// does not have. Dropout rates, label smoothing, loss weights, L1 and L2 penalties in the loss, epochs and
/// clipvalue are not here: no rule changes them.
struct HyperParameters {
  OptimizerFamily optimizer = OptimizerFamily::kSgd;
  double learning_rate = 0;  ///< under a schedule: its largest value
  std::optional<double> momentum = {};
  std::optional<double> rho = {};
  std::optional<double> beta_1 = {};
  std::optional<double> beta_2 = {};
  std::optional<double> epsilon = {};
  std::optional<double> weight_decay = {};  ///< decoupled: w -= w·weight_decay·learning_rate
  std::optional<double> clip_norm = {};     ///< threshold of clipnorm or global_clipnorm
  std::optional<double> ema_momentum = {};  ///< of the model's moving average
  std::optional<std::int64_t> ema_overwrite_frequency = {};  ///< steps
  std::vector<double> batch_normalization_momentum = {};     ///< of each layer
  StepSchedule schedule = {};
  std::vector<Cadence> cadences = {};
};

/// Throws Error{kConfiguration} naming the first argument out of its range: the learning rate must be finite
/// and not negative, every momentum and beta in [0, 1), a cadence at least 1.
void check_hyper_parameters(const HyperParameters& parameters);

}  // namespace ktrain
