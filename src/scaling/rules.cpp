#include "scaling/rules.h"

#include <algorithm>
#include <cmath>

#include "core/names.h"
#include "core/text.h"
#include "ktrain/core/error.h"
#include "scaling/adaptive_rules.h"
#include "scaling/formulas.h"
#include "scaling/sgd_rules.h"

namespace ktrain {
namespace {

bool any(const HyperParameters&) {
  return true;
}
bool sgd(const HyperParameters& base) {
  return base.optimizer == OptimizerFamily::kSgd;
}
bool momentum(const HyperParameters& base) {
  return sgd(base) && base.momentum.value_or(0) > 0;
}
bool lars(const HyperParameters& base) {
  return base.optimizer == OptimizerFamily::kLars;
}
bool lamb(const HyperParameters& base) {
  return base.optimizer == OptimizerFamily::kLamb;
}
bool adaptive(const HyperParameters& base) {
  return is_adaptive(base.optimizer);
}
bool adaptive_or_lion(const HyperParameters& base) {
  return adaptive(base) || base.optimizer == OptimizerFamily::kLion;
}
bool has_second_beta(const HyperParameters& base) {
  return adaptive(base) && base.beta_2;
}

RuleEffect none_rule(const RuleInput&) {
  return {.source = "the optimizer's own numbers stay"};
}

std::optional<Derived> custom_power(const std::optional<double>& base, double power) {
  if (!base || power == 1) return {};
  return Derived{std::pow(*base, power), text("to the power ", power)};
}

bool positive(double value) {
  return std::isfinite(value) && value > 0;
}

RuleEffect custom_rule(const RuleInput& input) {
  if (!input.options.custom) {
    throw Error(ExitCode::kConfiguration, "batch scaling: rule custom needs its factors");
  }
  const CustomFactors& factors = *input.options.custom;
  if (!positive(factors.learning_rate) || !positive(factors.momentum_power) ||
      !positive(factors.beta_1_power) || !positive(factors.beta_2_power) || !positive(factors.epsilon)) {
    throw Error(ExitCode::kConfiguration, "batch scaling: the factors of rule custom must be above 0");
  }
  const HyperParameters& base = input.base;
  RuleEffect effect = {.source = "the caller's factors",
                       .learning_rate = {factors.learning_rate, text("times ", factors.learning_rate)},
                       .momentum = custom_power(base.momentum, factors.momentum_power),
                       .rho = custom_power(base.rho, factors.beta_2_power),
                       .beta_1 = custom_power(base.beta_1, factors.beta_1_power),
                       .beta_2 = custom_power(base.beta_2, factors.beta_2_power)};
  if (factors.epsilon != 1) effect.epsilon = {factors.epsilon, text("times ", factors.epsilon)};
  return effect;
}

constexpr std::string_view kAdaptive = "RMSprop, Adam, AdamW, Nadam, Adamax or Lamb";

}  // namespace

const std::vector<ScalingRule>& scaling_rules() {
  static const std::vector<ScalingRule> rules = {
      {"none", any, "any optimizer", none_rule},
      {"linear", any, "any optimizer", linear_rule},
      {"sqrt", any, "any optimizer", sqrt_rule},
      {"momentum_raise", momentum, "SGD with momentum", momentum_raise_rule},
      {"half_life", sgd, "SGD", half_life_rule},
      {"adascale", sgd, "SGD", adascale_rule},
      {"adam_sde", adaptive_or_lion, "RMSprop, Adam, AdamW, Nadam, Adamax, Lamb or Lion", adam_sde_rule},
      {"adam_drift", adaptive, kAdaptive, adam_drift_rule},
      {"adam_invariant", adaptive, kAdaptive, adam_invariant_rule},
      {"half_life_tokens", has_second_beta, "Adam, AdamW, Nadam, Adamax or Lamb", half_life_tokens_rule},
      {"surge_guard", adaptive_or_lion, "RMSprop, Adam, AdamW, Nadam, Adamax, Lamb or Lion",
       surge_guard_rule},
      {"legw", any, "any optimizer", legw_rule},
      {"lars", lars, "LARS", lars_rule},
      {"lamb", lamb, "Lamb", lamb_rule},
      {"custom", any, "any optimizer", custom_rule},
  };
  return rules;
}

std::vector<std::string> scaling_rule_names() {
  std::vector<std::string> names = {"auto"};
  for (const ScalingRule& rule : scaling_rules()) names.emplace_back(rule.name);
  return names;
}

const ScalingRule& find_scaling_rule(std::string_view name) {
  const auto found = std::ranges::find(scaling_rules(), name, &ScalingRule::name);
  if (found != scaling_rules().end()) return *found;
  throw Error(ExitCode::kUsage,
              text("there is no scaling rule ", name, "; there are ", join(scaling_rule_names())));
}

RuleEffect apply_rule(const ScalingRule& rule, const RuleInput& input) {
  if (!rule.accepts(input.base)) {
    throw Error(ExitCode::kConfiguration,
                text("scaling rule ", rule.name, " is for ", rule.accepted, ", not for ",
                     optimizer_name(input.base.optimizer), " with these arguments"));
  }
  return rule.apply(input);
}

double known_noise_scale(const BatchChange& change, std::string_view what) {
  if (change.noise_scale) return *change.noise_scale;
  if (change.new_batch == change.base_batch) return 0;
  throw Error(ExitCode::kConfiguration,
              text("batch scaling: ", what, " needs the gradient noise scale, which is not known"));
}

}  // namespace ktrain
