#include "scaling/adaptive_rules.h"

#include <cmath>

#include "core/text.h"
#include "scaling/formulas.h"

namespace ktrain {
namespace {

std::optional<Derived> scaled_beta(const RuleInput& input, const std::optional<double>& beta) {
  if (!beta) return {};
  if (input.options.beta_form == BetaForm::kLinear) {
    return Derived{linear_memory(*beta, input.kappa()), "1 - kappa(1 - beta)"};
  }
  return Derived{same_memory(*beta, input.kappa()), "beta^kappa: the same memory in samples"};
}

std::optional<Derived> scaled_beta_1(const RuleInput& input) {
  const auto scaled = scaled_beta(input, input.base.beta_1);
  if (!scaled || input.options.beta_form == BetaForm::kLinear) return scaled;
  const double floor = input.options.beta_1_floor;
  const double floored = floored_momentum(*input.base.beta_1, input.kappa(), floor);
  if (floored == scaled->value) return scaled;
  return Derived{floored, text("beta^kappa is below the floor ", floor)};
}

/// The parts that most rules share.
RuleEffect with_betas(const RuleInput& input, const char* source, Derived learning_rate) {
  RuleEffect effect = {.source = source,
                       .learning_rate = std::move(learning_rate),
                       .rho = scaled_beta(input, input.base.rho),
                       .beta_1 = scaled_beta_1(input),
                       .beta_2 = scaled_beta(input, input.base.beta_2)};
  if (input.base.optimizer == OptimizerFamily::kRmsprop && input.base.momentum.value_or(0) > 0) {
    effect.warnings.emplace_back("RMSprop's momentum stays: no rule for it is known");
  }
  return effect;
}

/// `ratio`: what v is multiplied with.
Derived epsilon_factor(const RuleInput& input, double ratio) {
  if (epsilon_inside_root(input.base.optimizer)) return {ratio, "as the mean square, inside the root"};
  return {std::sqrt(ratio), "as the root of the mean square"};
}

}  // namespace

RuleEffect adam_sde_rule(const RuleInput& input) {
  RuleEffect effect =
      with_betas(input, "Malladi et al., arXiv:2205.10287", {std::sqrt(input.kappa()), "times sqrt(kappa)"});
  effect.epsilon = epsilon_factor(input, 1 / input.kappa());
  if (!input.change.noise_scale) {
    effect.warnings.emplace_back(
        "sqrt(kappa) holds only while the batch stays below the gradient noise scale, which is not known");
  }
  return effect;
}

RuleEffect adam_drift_rule(const RuleInput& input) {
  const double phi = known_noise_scale(input.change, "rule adam_drift");
  RuleEffect effect =
      with_betas(input, "the same displacement per sample; see Malladi et al., arXiv:2205.10287",
                 {drift_factor(input.batch(), input.kappa(), phi),
                  "times kappa * sqrt((1 + phi / (kappa * batch)) / (1 + phi / batch))"});
  effect.epsilon = epsilon_factor(input, square_ratio(input.batch(), input.kappa(), phi));
  return effect;
}

RuleEffect adam_invariant_rule(const RuleInput& input) {
  RuleEffect effect =
      with_betas(input, "Wang and Aitchison, arXiv:2402.18824", {input.kappa(), "times kappa"});
  effect.micro_batch_squares = true;
  effect.warnings.emplace_back(
      "rule adam_invariant needs the squares of the gradients of micro-batches, of the same size before and "
      "after");
  return effect;
}

RuleEffect half_life_tokens_rule(const RuleInput& input) {
  return {.source = "Marek et al., arXiv:2507.07101",
          .learning_rate = {1, "stays"},
          .beta_2 = Derived{same_memory(*input.base.beta_2, input.kappa()), "beta_2^kappa"}};
}

RuleEffect surge_guard_rule(const RuleInput& input) {
  const double phi = known_noise_scale(input.change, "rule surge_guard");
  RuleEffect effect = adam_sde_rule(input);
  effect.source = "Li et al., arXiv:2405.14578";
  effect.learning_rate = {surge_factor(input.batch(), input.kappa(), phi),
                          "times sqrt(kappa) * (1 + batch / phi) / (1 + kappa * batch / phi)"};
  return effect;
}

RuleEffect lamb_rule(const RuleInput& input) {
  return {.source = "You et al., arXiv:1904.00962",
          .learning_rate = {std::sqrt(input.kappa()), "times sqrt(kappa)"},
          .warmup_in_steps = true};
}

}  // namespace ktrain
