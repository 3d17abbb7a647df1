#include "scaling/sgd_rules.h"

#include <cmath>

#include "core/text.h"
#include "scaling/adascale.h"
#include "scaling/formulas.h"

namespace ktrain {
namespace {

Derived times_kappa(const RuleInput& input) {
  return {input.kappa(), "times kappa"};
}

Derived times_root(const RuleInput& input) {
  return {std::sqrt(input.kappa()), "times sqrt(kappa)"};
}

}  // namespace

RuleEffect linear_rule(const RuleInput& input) {
  RuleEffect effect = {.source = "Goyal et al., arXiv:1706.02677", .learning_rate = times_kappa(input)};
  if (is_adaptive(input.base.optimizer)) {
    effect.warnings.emplace_back(
        "rule linear holds an adaptive optimizer's trajectory only where the batch is far above the gradient "
        "noise scale");
  }
  return effect;
}

RuleEffect sqrt_rule(const RuleInput& input) {
  RuleEffect effect = {.source = "Krizhevsky, arXiv:1404.5997; Hoffer et al., arXiv:1705.08741",
                       .learning_rate = times_root(input)};
  if (input.base.optimizer == OptimizerFamily::kSgd) {
    effect.warnings.emplace_back("rule sqrt does not hold SGD's trajectory per epoch");
  }
  return effect;
}

RuleEffect momentum_raise_rule(const RuleInput& input) {
  const double kappa = input.kappa();
  RuleEffect effect = {.source = "Smith and Le, arXiv:1710.06451",
                       .learning_rate = {1, "stays"},
                       .momentum = Derived{raised_momentum(*input.base.momentum, kappa),
                                           "1 - (1 - momentum) / kappa: the same noise"}};
  if (kappa > 1) {
    effect.warnings.push_back(
        text("rule momentum_raise: the velocity needs ", kappa * kappa, " times as many samples to forget"));
  }
  return effect;
}

RuleEffect half_life_rule(const RuleInput& input) {
  const double kappa = input.kappa(), momentum = input.base.momentum.value_or(0);
  const double floor = input.options.momentum_floor;
  const double scaled = floored_momentum(momentum, kappa, floor);
  RuleEffect effect = {
      .source = "as in the training scripts of Chiley et al., arXiv:1905.05894",
      .learning_rate = {displacement_factor(kappa, momentum, scaled),
                        "times kappa(1 - new momentum) / (1 - momentum): the same displacement per sample"}};
  if (momentum == 0) return effect;
  const bool floored = scaled > same_memory(momentum, kappa);
  effect.momentum = {scaled, floored ? text("momentum^kappa is below the floor ", floor)
                                     : std::string("momentum^kappa: the same memory in samples")};
  if (kappa > 4 && !floored) {
    effect.warnings.emplace_back(
        "rule half_life without a floor becomes unstable sooner than rule linear at kappa above 4");
  }
  return effect;
}

RuleEffect adascale_rule(const RuleInput& input) {
  RuleEffect effect = {.source = "Johnson et al., arXiv:2007.05105",
                       .learning_rate = {1, "times the gain, measured at every step"},
                       .counts_gain = true};
  if (input.change.noise_scale) {
    const double gain = adascale_gain(input.batch(), input.kappa(), *input.change.noise_scale);
    effect.learning_rate = {gain, text("times the gain ", gain, " at this noise scale")};
  }
  effect.warnings.emplace_back(
      "rule adascale holds the progress per step of the base batch, not the loss over samples: its run takes "
      "more epochs");
  return effect;
}

RuleEffect legw_rule(const RuleInput& input) {
  return {
      .source = "You et al., arXiv:1901.08256", .learning_rate = times_root(input), .warmup_in_steps = true};
}

RuleEffect lars_rule(const RuleInput& input) {
  return {.source = "You et al., arXiv:1708.03888", .learning_rate = times_kappa(input)};
}

}  // namespace ktrain
