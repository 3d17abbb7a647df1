#include "scaling/scale_run.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "core/text.h"
#include "ktrain/core/error.h"
#include "scaling/formulas.h"
#include "scaling/rules.h"
#include "scaling/step_quantities.h"

namespace ktrain {
namespace {

void check_floor(const char* name, double floor) {
  if (0 <= floor && floor < 1) return;
  throw Error(ExitCode::kConfiguration, text("batch scaling: ", name, "=", floor, " must be in [0, 1)"));
}

void check(const RuleInput& input) {
  check_hyper_parameters(input.base);
  check_floor("momentum_floor", input.options.momentum_floor);
  check_floor("beta_1_floor", input.options.beta_1_floor);
  const BatchChange& change = input.change;
  if (change.base_batch < 1 || change.new_batch < 1) {
    throw Error(ExitCode::kConfiguration, text("batch scaling: from batch ", change.base_batch, " to ",
                                               change.new_batch, ": both must be at least 1"));
  }
  if (change.noise_scale && !(*change.noise_scale >= 0)) {
    throw Error(ExitCode::kConfiguration,
                text("batch scaling: noise_scale=", *change.noise_scale, " must be a number not below 0"));
  }
  if (input.options.custom && input.options.rule != "custom") {
    throw Error(ExitCode::kConfiguration,
                text("batch scaling: factors belong to rule custom, not to rule ", input.options.rule));
  }
}

/// The rule by name, `auto` resolved.
struct ResolvedRule {
  const ScalingRule& rule;
  std::string reason;
  BatchChange change;  ///< with the noise scale that `auto` takes where none is known

  RuleEffect effect(const RuleInput& input) const {
    return apply_rule(rule, {input.base, change, input.options});
  }
};

ResolvedRule resolved_rule(const RuleInput& input) {
  if (input.options.rule != "auto") return {find_scaling_rule(input.options.rule), "", input.change};
  const AutoChoice choice = choose_rule(input);
  ResolvedRule resolved = {find_scaling_rule(choice.rule), text(", chosen ", choice.reason), input.change};
  if (choice.noise_scale) resolved.change.noise_scale = choice.noise_scale;
  return resolved;
}

/// The effect of the rule, with the learning rate no higher than for a batch of the noise scale when asked.
RuleEffect guarded_effect(const ResolvedRule& resolved, const RuleInput& input) {
  RuleEffect effect = resolved.effect(input);
  if (!input.options.surge_guard) return effect;
  const double phi = known_noise_scale(input.change, "surge_guard");
  BatchChange limited = input.change;
  if (phi < static_cast<double>(limited.new_batch)) {
    limited.new_batch =
        std::min(limited.new_batch, std::max(limited.base_batch, static_cast<std::int64_t>(phi)));
  }
  const Derived limit = apply_rule(resolved.rule, {input.base, limited, input.options}).learning_rate;
  if (limit.value < effect.learning_rate.value) {
    effect.learning_rate = {limit.value,
                            text("that of batch ", limited.new_batch, ": no further than the noise scale")};
  }
  return effect;
}

void set(Changes& changes, std::string_view name, std::optional<double>& value,
         const std::optional<Derived>& derived) {
  if (value && derived) changes.set(name, *value, derived->value, derived->formula);
}

void scale_rates(const RuleEffect& effect, HyperParameters& scaled, Changes& changes) {
  changes.set("learning_rate", scaled.learning_rate, scaled.learning_rate * effect.learning_rate.value,
              effect.learning_rate.formula);
  set(changes, "momentum", scaled.momentum, effect.momentum);
  set(changes, "rho", scaled.rho, effect.rho);
  set(changes, "beta_1", scaled.beta_1, effect.beta_1);
  set(changes, "beta_2", scaled.beta_2, effect.beta_2);
  if (auto& epsilon = scaled.epsilon; epsilon && effect.epsilon) {
    changes.set("epsilon", *epsilon, *epsilon * effect.epsilon->value, effect.epsilon->formula);
  }
}

void scale_decay(const RuleInput& input, const RuleEffect& effect, HyperParameters& scaled,
                 Changes& changes) {
  // Per step of AdaScale's schedule, which counts gains, the shrinking is the same as it is.
  if (!scaled.weight_decay || input.options.decay == DecayScaling::kFixed || effect.counts_gain) return;
  double& decay = *scaled.weight_decay;
  changes.set("weight_decay", decay,
              weight_decay_per_sample(decay, input.kappa(), effect.learning_rate.value),
              "times kappa * learning rate / new learning rate: the same shrinking per sample");
}

void scale_clip(const RuleInput& input, HyperParameters& scaled, Changes& changes) {
  if (!scaled.clip_norm || input.options.clip == ClipScaling::kFixed) return;
  const double phi = known_noise_scale(input.change, "clip match_rate");
  changes.set("clip_norm", *scaled.clip_norm,
              *scaled.clip_norm * std::sqrt(square_ratio(input.batch(), input.kappa(), phi)),
              "as the root of the mean squared norm of the gradient");
}

void warn(const RuleInput& input, const ResolvedRule& resolved, std::vector<std::string>& warnings) {
  const BatchChange& change = input.change;
  if (!change.noise_scale && resolved.change.noise_scale) {
    warnings.push_back(text("the gradient noise scale is not known and taken as ",
                            *resolved.change.noise_scale,
                            " samples: measure it (ktrain noise-scale) and give it (--noise-scale)"));
  }
  if (!has_sound_rule(input.base.optimizer) && input.options.rule != "custom") {
    warnings.push_back(text("no sound batch scaling rule is known for ", optimizer_name(input.base.optimizer),
                            ": the trajectory will differ"));
  }
  if (std::fabs(std::log2(input.kappa())) > 2) {
    warnings.push_back(text("kappa ", input.kappa(),
                            " is far for one change: several smaller ones or a warm-up hold better"));
  }
  if (change.noise_scale && change.new_batch > change.base_batch &&
      static_cast<double>(change.new_batch) > *change.noise_scale) {
    warnings.push_back(text("batch ", change.new_batch, " is beyond the gradient noise scale ",
                            *change.noise_scale, ": the trajectory will differ"));
  }
}

void append(std::vector<std::string>& lines, const std::vector<std::string>& more) {
  lines.insert(lines.end(), more.begin(), more.end());
}

std::string headline(const BatchChange& change, const std::string& rule) {
  const std::string noise =
      change.noise_scale ? text(", gradient noise scale phi ", *change.noise_scale) : std::string();
  return text("batch ", change.base_batch, " -> ", change.new_batch, ", kappa ", change.kappa(), noise,
              ": rule ", rule);
}

ScaledRun run_at_base(const RuleInput& input) {
  return {.base_batch = input.change.base_batch,
          .batch = input.change.base_batch,
          .noise_scale = input.change.noise_scale,
          .hyper_parameters = input.base};
}

void apply(const RuleInput& input, const ResolvedRule& resolved, const RuleEffect& effect, ScaledRun& run) {
  Changes changes(run.explanation);
  HyperParameters& scaled = run.hyper_parameters;
  scale_rates(effect, scaled, changes);
  scale_decay(input, effect, scaled, changes);
  scale_clip(input, scaled, changes);
  scale_averages(input, scaled, changes);
  scale_steps(input, effect, scaled, changes);
  run.batch = input.change.new_batch;
  run.learning_rate_factor = effect.learning_rate.value;
  append(run.warnings, effect.warnings);
  warn(input, resolved, run.warnings);
}

}  // namespace

ScaledRun scale_run(const HyperParameters& base, const BatchChange& change, const ScalingOptions& options) {
  const RuleInput input = {base, change, options};
  check(input);
  ScaledRun run = run_at_base(input);
  const ResolvedRule resolved = resolved_rule(input);
  run.rule = resolved.rule.name;
  run.noise_scale = resolved.change.noise_scale;
  const RuleEffect effect = guarded_effect(resolved, input);
  run.micro_batch_squares = effect.micro_batch_squares;
  if (change.new_batch == change.base_batch) {
    run.explanation.push_back(text("batch ", change.base_batch, ": the base batch, nothing changes"));
    return run;
  }
  run.explanation.push_back(headline(change, text(run.rule, resolved.reason, " (", effect.source, ")")));
  const ScaledRun before = run;
  apply(input, resolved, effect, run);
  check_hyper_parameters(run.hyper_parameters);
  run.state = state_factors(before, run, options.state);
  return run;
}

}  // namespace ktrain
