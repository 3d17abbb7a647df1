#include <algorithm>
#include <array>

#include "scaling/rules.h"

namespace ktrain {
namespace {

using enum OptimizerFamily;

AutoChoice choose_for_sgd(const RuleInput& input) {
  if (input.base.momentum.value_or(0) == 0) return {"linear", "for SGD without momentum"};
  if (input.kappa() <= 4) return {"half_life", "for SGD with momentum up to kappa 4"};
  return {"linear", "for SGD with momentum above kappa 4"};
}

AutoChoice choose_for_adaptive(const RuleInput& input) {
  if (input.change.noise_scale) return {"adam_drift", "as the noise scale is known"};
  // tests/bench/trajectories: adam_sde's sqrt(kappa) is too little from kappa 4 on.
  constexpr double kBaseBatches = 4;
  return {"adam_drift", "for a noise scale that is not known",
          std::max(kBaseBatches * input.batch(), static_cast<double>(input.change.new_batch))};
}

}  // namespace

bool has_sound_rule(OptimizerFamily family) {
  constexpr std::array kWithout = {kAdadelta, kFtrl, kAdafactor, kMuon, kScheduleFreeAdamW};
  return std::ranges::find(kWithout, family) == kWithout.end();
}

AutoChoice choose_rule(const RuleInput& input) {
  switch (input.base.optimizer) {
    case kSgd:
      return choose_for_sgd(input);
    case kRmsprop:
    case kAdam:
    case kAdamW:
    case kNadam:
    case kAdamax:
      return choose_for_adaptive(input);
    case kLion:
      return {"adam_sde", "for signs of gradients"};
    case kLamb:
      return {"lamb", "for Lamb"};
    case kLars:
      return {"lars", "for LARS"};
    case kAdagrad:
      return {"none", "for Adagrad, whose accumulator makes up for the batch while the noise dominates"};
    case kAdadelta:
    case kFtrl:
    case kAdafactor:
    case kMuon:
    case kScheduleFreeAdamW:
      break;
  }
  return {"none", "as no sound rule is known"};
}

}  // namespace ktrain
