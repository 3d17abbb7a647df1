#include "scaling/step_quantities.h"

#include <algorithm>
#include <cmath>

#include "core/text.h"
#include "scaling/formulas.h"

namespace ktrain {
namespace {

constexpr std::string_view kSameSamples = "the same in samples";
constexpr std::string_view kSameMemory = "to the power kappa: the same memory in samples";

void scale_schedule(double kappa, StepSchedule& schedule, Changes& changes) {
  for (double& step : schedule.boundaries) changes.set("boundaries", step, step / kappa, kSameSamples);
  if (auto& total = schedule.total_steps) changes.set("decay_steps", *total, *total / kappa, kSameSamples);
  if (auto& gamma = schedule.decay_per_step) {
    changes.set("decay_per_step", *gamma, same_memory(*gamma, kappa),
                "to the power kappa: the same in samples");
  }
  if (auto& decay = schedule.inverse_time_decay) {
    changes.set("inverse_time_decay", *decay, *decay * kappa, "times kappa: the same in samples");
  }
}

void scale_warmup(double kappa, StepSchedule& schedule, Changes& changes) {
  if (auto& steps = schedule.warmup_steps) changes.set("warmup_steps", *steps, *steps / kappa, kSameSamples);
}

}  // namespace

void Changes::set(std::string_view name, double& value, double now, std::string_view why) {
  if (now != value) write(text(name, ": ", value, " -> ", now, " (", why, ")"));
  value = now;
}

void Changes::set_steps(std::string_view name, std::int64_t& value, double now) {
  const auto steps = std::max<std::int64_t>(1, std::llround(now));
  if (steps != value) write(text(name, ": ", value, " -> ", steps, " (", kSameSamples, ")"));
  value = steps;
}

void Changes::write(const std::string& line) {
  if (lines_.empty() || lines_.back() != line) lines_.push_back(line);
}

void scale_steps(const RuleInput& input, const RuleEffect& effect, HyperParameters& scaled,
                 Changes& changes) {
  if (input.options.steps == StepScaling::kFixed) return;
  const double kappa = input.kappa();
  if (!effect.counts_gain) {
    scale_schedule(kappa, scaled.schedule, changes);
    if (!effect.warmup_in_steps) scale_warmup(kappa, scaled.schedule, changes);
  }
  for (Cadence& cadence : scaled.cadences) {
    changes.set_steps(cadence.name, cadence.steps, static_cast<double>(cadence.steps) / kappa);
  }
  if (auto& steps = scaled.ema_overwrite_frequency; steps && input.options.ema == AverageScaling::kPow) {
    changes.set_steps("ema_overwrite_frequency", *steps, static_cast<double>(*steps) / kappa);
  }
}

void scale_averages(const RuleInput& input, HyperParameters& scaled, Changes& changes) {
  const double kappa = input.kappa();
  if (auto& momentum = scaled.ema_momentum; momentum && input.options.ema == AverageScaling::kPow) {
    changes.set("ema_momentum", *momentum, same_memory(*momentum, kappa), kSameMemory);
  }
  if (input.options.batch_normalization == AverageScaling::kFixed) return;
  for (double& momentum : scaled.batch_normalization_momentum) {
    changes.set("BatchNormalization momentum", momentum, same_memory(momentum, kappa), kSameMemory);
  }
}

}  // namespace ktrain
