#pragma once

#include <optional>
#include <string>
#include <vector>

#include "ktrain/optim/optimizer.h"
#include "options.h"
#include "scaling/scale_run.h"

namespace ktrain::trajectories {

/// A scaling rule as it is compared with others.
struct Arm {
  std::string label;  ///< RULE[:FLOOR][+phi]
  std::string rule;
  std::optional<double> floor = {};  ///< of the momentum and beta_1
  bool knows_noise_scale = false;
};

/// Throws Error{kUsage} where the label names no rule.
Arm arm_of(const std::string& label);

/// Those of the options, else all that are for "sgd" or "adam".
std::vector<Arm> arms_for(const std::string& optimizer, const Options& options);

/// SGD with momentum 0.9 at learning rate 0.005, or Adam at 5e-4, times `rate`.
std::unique_ptr<Optimizer> base_optimizer(const std::string& name, double rate);

/// As options of `ktrain train`.
std::vector<std::string> optimizer_options(const std::string& name, double rate);

/// The rule as options of `ktrain train`.
std::vector<std::string> rule_options(const Arm& arm, double noise_scale);

/// The numbers at `batch` by this rule. `momenta`: of the model's BatchNormalization at the base batch.
ScaledRun scaled_by(const Arm& arm, const Optimizer& base, const std::vector<double>& momenta,
                    std::int64_t batch, double noise_scale);

}  // namespace ktrain::trajectories
