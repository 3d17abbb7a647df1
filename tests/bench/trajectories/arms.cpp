#include "arms.h"

#include <cstdlib>

#include "core/text.h"
#include "ktrain/core/error.h"
#include "rebatch/optimizer_scaling.h"
#include "scaling/rules.h"

namespace ktrain::trajectories {

Arm arm_of(const std::string& label) {
  constexpr std::string_view kPhi = "+phi";
  Arm arm = {.label = label, .rule = label};
  if (label.size() > kPhi.size() && label.compare(label.size() - kPhi.size(), kPhi.size(), kPhi) == 0) {
    arm.knows_noise_scale = true;
    arm.rule.resize(label.size() - kPhi.size());
  }
  if (const auto colon = arm.rule.find(':'); colon != std::string::npos) {
    char* end = nullptr;
    arm.floor = std::strtod(arm.rule.c_str() + colon + 1, &end);
    if (*end != 0) throw Error(ExitCode::kUsage, text("trajectories: ", label, ": the floor is no number"));
    arm.rule.resize(colon);
  }
  if (arm.rule != "auto") find_scaling_rule(arm.rule);
  if (arm.rule == "adam_drift") arm.knows_noise_scale = true;
  return arm;
}

std::vector<Arm> arms_for(const std::string& optimizer, const Options& options) {
  std::vector<std::string> labels = options.rules;
  if (labels.empty() && optimizer == "sgd") {
    labels = {"none", "sqrt", "linear", "half_life:0", "half_life:0.7", "momentum_raise", "auto"};
  } else if (labels.empty()) {
    labels = {"none", "linear", "sqrt", "adam_sde", "half_life_tokens", "adam_drift", "auto", "auto+phi"};
  }
  std::vector<Arm> arms;
  const auto base = hyper_parameters_of(*base_optimizer(optimizer, 1));
  for (const std::string& label : labels) {
    Arm arm = arm_of(label);
    if (arm.rule == "auto" || find_scaling_rule(arm.rule).accepts(base)) arms.push_back(std::move(arm));
  }
  return arms;
}

std::unique_ptr<Optimizer> base_optimizer(const std::string& name, double rate) {
  if (name == "adam") return make_optimizer("adam", {.learning_rate = 5e-4 * rate});
  return make_optimizer("sgd", {.learning_rate = 0.005 * rate, .momentum = 0.9});
}

std::vector<std::string> optimizer_options(const std::string& name, double rate) {
  const auto optimizer = base_optimizer(name, rate);
  std::vector<std::string> options = {"--optimizer", name, "--lr", text(optimizer->learning_rate())};
  if (name == "sgd") options.insert(options.end(), {"--momentum", text(*optimizer->options().momentum)});
  return options;
}

std::vector<std::string> rule_options(const Arm& arm, double noise_scale) {
  std::vector<std::string> options = {"--base-batch", text(kBaseBatch), "--rule", arm.rule};
  if (arm.floor) {
    options.insert(options.end(), {"--momentum-floor", text(*arm.floor), "--beta-1-floor", text(*arm.floor)});
  }
  if (arm.knows_noise_scale) options.insert(options.end(), {"--noise-scale", text(noise_scale)});
  return options;
}

ScaledRun scaled_by(const Arm& arm, const Optimizer& base, const std::vector<double>& momenta,
                    std::int64_t batch, double noise_scale) {
  HyperParameters numbers = hyper_parameters_of(base);
  numbers.batch_normalization_momentum = momenta;
  BatchChange change = {.base_batch = kBaseBatch, .new_batch = batch};
  if (arm.knows_noise_scale) change.noise_scale = noise_scale;
  ScalingOptions options = {.rule = arm.rule};
  if (arm.floor) options.momentum_floor = options.beta_1_floor = *arm.floor;
  return scale_run(numbers, change, options);
}

}  // namespace ktrain::trajectories
