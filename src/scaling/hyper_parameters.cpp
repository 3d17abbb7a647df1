#include "scaling/hyper_parameters.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "core/names.h"
#include "core/text.h"
#include "ktrain/core/error.h"

namespace ktrain {
namespace {

using enum OptimizerFamily;

constexpr std::array<std::pair<OptimizerFamily, std::string_view>, 15> kNames = {{
    {kSgd, "SGD"},
    {kRmsprop, "RMSprop"},
    {kAdam, "Adam"},
    {kAdamW, "AdamW"},
    {kNadam, "Nadam"},
    {kAdamax, "Adamax"},
    {kAdagrad, "Adagrad"},
    {kAdadelta, "Adadelta"},
    {kFtrl, "Ftrl"},
    {kLion, "Lion"},
    {kLamb, "Lamb"},
    {kLars, "LARS"},
    {kAdafactor, "Adafactor"},
    {kMuon, "Muon"},
    {kScheduleFreeAdamW, "ScheduleFreeAdamW"},
}};

void require(bool holds, const std::string& name, double value, const char* range) {
  if (holds) return;
  throw Error(ExitCode::kConfiguration, text("batch scaling: ", name, "=", value, " must be ", range));
}

void check_decay(const char* name, const std::optional<double>& value) {
  if (value) require(0 <= *value && *value < 1, name, *value, "in [0, 1)");
}

void check_amount(const char* name, const std::optional<double>& value) {
  if (value) require(std::isfinite(*value) && *value >= 0, name, *value, "a number not below 0");
}

void check_schedule(const StepSchedule& schedule) {
  check_amount("total_steps", schedule.total_steps);
  check_amount("decay_per_step", schedule.decay_per_step);
  check_amount("inverse_time_decay", schedule.inverse_time_decay);
  check_amount("warmup_steps", schedule.warmup_steps);
  for (const double boundary : schedule.boundaries) check_amount("boundaries", boundary);
}

void check_steps(const std::string& name, std::int64_t steps) {
  require(steps >= 1, name, static_cast<double>(steps), "at least 1 step");
}

}  // namespace

std::string_view optimizer_name(OptimizerFamily family) {
  return std::ranges::find(kNames, family, &decltype(kNames)::value_type::first)->second;
}

OptimizerFamily optimizer_family(std::string_view class_name) {
  const auto* const found = std::ranges::find(kNames, class_name, &decltype(kNames)::value_type::second);
  if (found != kNames.end()) return found->first;
  std::vector<std::string> known;
  for (const auto& [family, name] : kNames) known.emplace_back(name);
  throw Error(ExitCode::kUsage,
              text("batch scaling knows no optimizer ", class_name, "; there are ", join(known)));
}

bool is_adaptive(OptimizerFamily family) {
  constexpr std::array kAdaptive = {kRmsprop, kAdam, kAdamW, kNadam, kAdamax, kLamb};
  return std::ranges::find(kAdaptive, family) != kAdaptive.end();
}

bool epsilon_inside_root(OptimizerFamily family) {
  return family == kRmsprop || family == kAdagrad || family == kAdadelta;
}

void check_hyper_parameters(const HyperParameters& parameters) {
  check_amount("learning_rate", parameters.learning_rate);
  check_decay("momentum", parameters.momentum);
  check_decay("rho", parameters.rho);
  check_decay("beta_1", parameters.beta_1);
  check_decay("beta_2", parameters.beta_2);
  check_amount("epsilon", parameters.epsilon);
  check_amount("weight_decay", parameters.weight_decay);
  check_amount("clip_norm", parameters.clip_norm);
  check_decay("ema_momentum", parameters.ema_momentum);
  for (const double momentum : parameters.batch_normalization_momentum) {
    check_decay("batch_normalization_momentum", momentum);
  }
  check_schedule(parameters.schedule);
  check_steps("ema_overwrite_frequency", parameters.ema_overwrite_frequency.value_or(1));
  for (const Cadence& cadence : parameters.cadences) check_steps(cadence.name, cadence.steps);
}

}  // namespace ktrain
