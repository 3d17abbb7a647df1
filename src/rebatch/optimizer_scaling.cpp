#include "rebatch/optimizer_scaling.h"

#include <algorithm>
#include <cmath>
#include <string_view>

#include "ktrain/optim/learning_rate_schedule.h"
#include "optim/classes.h"

namespace ktrain {
namespace {

std::optional<double> above_zero(const std::optional<double>& value) {
  return value.value_or(0) > 0 ? value : std::nullopt;
}

/// The largest value that a schedule names.
double peak_of(const ScheduleOptions& schedule) {
  double peak = std::max(schedule.initial_learning_rate.value_or(0), schedule.warmup_target.value_or(0));
  for (const double value : schedule.values) peak = std::max(peak, value);
  return peak;
}

StepSchedule steps_of(const ScheduleOptions& schedule) {
  StepSchedule steps = {.boundaries = schedule.boundaries,
                        .total_steps = schedule.decay_steps,
                        .warmup_steps = above_zero(schedule.warmup_steps)};
  if (schedule.first_decay_steps) steps.total_steps = schedule.first_decay_steps;
  return steps;
}

void scale(std::optional<double>& value, double factor) {
  if (value) *value *= factor;
}

void set_steps(const StepSchedule& steps, ScheduleOptions& schedule) {
  schedule.boundaries = steps.boundaries;
  (schedule.first_decay_steps ? schedule.first_decay_steps : schedule.decay_steps) = steps.total_steps;
  if (steps.warmup_steps) schedule.warmup_steps = steps.warmup_steps;
}

std::shared_ptr<const LearningRateSchedule> scaled_schedule(const LearningRateSchedule& base,
                                                            const ScaledRun& run, ScheduleSteps steps,
                                                            double kappa) {
  ScheduleOptions options = base.options();
  const double factor = run.learning_rate_factor;
  for (auto* value : {&options.initial_learning_rate, &options.end_learning_rate, &options.warmup_target}) {
    scale(*value, factor);
  }
  for (double& value : options.values) value *= factor;
  const StepSchedule& scaled = run.hyper_parameters.schedule;
  if (steps == ScheduleSteps::kOfBatch) {
    set_steps(scaled, options);
  } else if (scaled.warmup_steps && scaled.warmup_steps == options.warmup_steps) {
    *options.warmup_steps *= kappa;  // the rule keeps its steps, whatever the batch
  }
  return std::make_shared<const LearningRateSchedule>(base.class_name(), options);
}

/// What a slot of an optimizer of this class is multiplied with.
double factor_of(OptimizerFamily family, std::string_view slot, const StateFactors& factors) {
  using enum OptimizerFamily;
  if (slot == "momentum") {
    return family == kSgd || family == kLars || family == kRmsprop ? factors.momentum : factors.first_moment;
  }
  if (slot == "average_gradient") return factors.first_moment;
  if (slot == "velocity" || slot == "velocity_hat" || slot == "norm" ||
      (slot == "accumulator" && family == kAdagrad)) {
    return factors.second_moment;
  }
  return 1;
}

}  // namespace

HyperParameters hyper_parameters_of(const Optimizer& optimizer) {
  const OptimizerOptions& options = optimizer.options();
  HyperParameters numbers;
  numbers.optimizer = optimizer_family(optimizer.class_name());
  numbers.learning_rate = options.schedule ? peak_of(options.schedule->options()) : optimizer.learning_rate();
  numbers.momentum = options.momentum;
  numbers.rho = options.rho;
  numbers.beta_1 = options.beta_1;
  numbers.beta_2 = options.beta_2;
  numbers.epsilon = options.epsilon;
  numbers.weight_decay = above_zero(options.weight_decay);
  numbers.clip_norm = above_zero(options.clipnorm);
  if (!numbers.clip_norm) numbers.clip_norm = above_zero(options.global_clipnorm);
  if (options.use_ema.value_or(false)) {
    numbers.ema_momentum = options.ema_momentum.value_or(0.99);
    numbers.ema_overwrite_frequency = options.ema_overwrite_frequency;
  }
  if (options.schedule) numbers.schedule = steps_of(options.schedule->options());
  return numbers;
}

std::unique_ptr<Optimizer> scaled_optimizer(const Optimizer& base, const ScaledRun& run,
                                            ScheduleSteps steps) {
  OptimizerOptions options = base.options();
  const HyperParameters& numbers = run.hyper_parameters;
  if (options.schedule) {
    const double kappa = static_cast<double>(run.batch) / static_cast<double>(run.base_batch);
    options.schedule = scaled_schedule(*options.schedule, run, steps, kappa);
    options.learning_rate.reset();
  } else {
    options.learning_rate = numbers.learning_rate;
  }
  options.momentum = numbers.momentum;
  options.rho = numbers.rho;
  options.beta_1 = numbers.beta_1;
  options.beta_2 = numbers.beta_2;
  options.epsilon = numbers.epsilon;
  if (numbers.weight_decay) options.weight_decay = numbers.weight_decay;
  if (options.clipnorm.value_or(0) > 0) {
    options.clipnorm = numbers.clip_norm;
  } else if (numbers.clip_norm) {
    options.global_clipnorm = numbers.clip_norm;
  }
  if (numbers.ema_momentum) options.ema_momentum = numbers.ema_momentum;
  if (numbers.ema_overwrite_frequency) options.ema_overwrite_frequency = numbers.ema_overwrite_frequency;
  return make_optimizer(*find_optimizer_class(base.class_name()), options);
}

void convert_state(Optimizer& optimizer, const StateFactors& factors) {
  const OptimizerFamily family = optimizer_family(optimizer.class_name());
  for (std::size_t i = 0; i < optimizer.slot_names().size(); ++i) {
    const auto factor = static_cast<float>(factor_of(family, optimizer.slot_names()[i], factors));
    if (factor == 1) continue;
    for (float& value : optimizer.slot(i)) value *= factor;
  }
}

std::int64_t converted_iterations(const Optimizer& optimizer, const StateFactors& factors, double kappa) {
  if (factors.reset) return 0;
  double factor = factors.update_count;
  if (factor == 1 && optimizer.options().schedule) factor = 1 / kappa;
  // With accumulation an update has several iterations; those since the latest one stay.
  const std::int64_t accumulated = optimizer.options().gradient_accumulation_steps.value_or(1);
  const std::int64_t updates = optimizer.iterations() / accumulated;
  return std::llround(static_cast<double>(updates) * factor) * accumulated +
         optimizer.iterations() % accumulated;
}

}  // namespace ktrain
