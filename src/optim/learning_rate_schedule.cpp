#include "ktrain/optim/learning_rate_schedule.h"

#include <algorithm>
#include <array>

#include "core/names.h"
#include "core/text.h"
#include "ktrain/core/error.h"
#include "optim/schedule_classes.h"
#include "optim/specification.h"

namespace ktrain {
namespace {

// Every argument that some schedule has; their names say where they go.
using O = ScheduleOptions;
const ScheduleArgument kAll[] = {{"initial_learning_rate", &O::initial_learning_rate},
                                 {"decay_steps", &O::decay_steps},
                                 {"decay_rate", &O::decay_rate},
                                 {"staircase", &O::staircase},
                                 {"end_learning_rate", &O::end_learning_rate},
                                 {"power", &O::power},
                                 {"cycle", &O::cycle},
                                 {"alpha", &O::alpha},
                                 {"warmup_target", &O::warmup_target},
                                 {"warmup_steps", &O::warmup_steps},
                                 {"first_decay_steps", &O::first_decay_steps},
                                 {"t_mul", &O::t_mul},
                                 {"m_mul", &O::m_mul},
                                 {"boundaries", &O::boundaries},
                                 {"values", &O::values}};

template <typename... Values>
[[noreturn]] void refuse(const ScheduleClass& schedule, const Values&... values) {
  throw Error(ExitCode::kConfiguration, text("learning-rate schedule ", schedule.name, ": ", values...));
}

struct Fill {
  ScheduleOptions& options;
  double value;
  template <typename T>
  void operator()(std::optional<T> ScheduleOptions::*member) const {
    options.*member = static_cast<T>(value);
  }
  void operator()(std::vector<double> ScheduleOptions::*) const {}
};

void fill_defaults(const ScheduleClass& schedule, ScheduleOptions& options) {
  for (const ScheduleArgument& argument : schedule.arguments) {
    if (argument.given(options) || std::isinf(argument.fallback)) continue;
    if (std::isnan(argument.fallback)) refuse(schedule, "needs ", argument.name);
    std::visit(Fill{options, argument.fallback}, argument.member);
  }
  if (!options.name) options.name = schedule.default_name;
}

void check(const ScheduleClass& schedule, const ScheduleOptions& options) {
  for (const ScheduleArgument& argument : kAll) {
    const bool own =
        std::ranges::any_of(schedule.arguments, [&](const auto& one) { return one.name == argument.name; });
    if (argument.given(options) && !own) refuse(schedule, "takes no ", argument.name);
  }
  for (const std::optional<double>& steps : {options.decay_steps, options.first_decay_steps}) {
    if (steps && !(*steps > 0)) refuse(schedule, "decay_steps must be above 0, not ", *steps);
  }
  if (options.warmup_steps && !(*options.warmup_steps >= 0))
    refuse(schedule, "warmup_steps must not be below 0");
  if (!options.values.empty() && options.boundaries.size() + 1 != options.values.size()) {
    refuse(schedule, options.boundaries.size(), " boundaries do not fit ", options.values.size(), " values");
  }
  if (!std::ranges::is_sorted(options.boundaries)) refuse(schedule, "the boundaries do not ascend");
}

struct Set {
  ScheduleOptions& options;
  const std::string& name;
  const std::string& value;
  void operator()(std::optional<double> ScheduleOptions::*member) const {
    options.*member = number_argument(name, value);
  }
  void operator()(std::optional<bool> ScheduleOptions::*member) const {
    options.*member = switch_argument(name, value);
  }
  void operator()(std::vector<double> ScheduleOptions::*member) const {
    for (const std::string& item : list_argument(value))
      (options.*member).push_back(number_argument(name, item));
  }
};

}  // namespace

LearningRateSchedule::LearningRateSchedule(const std::string& class_name, const ScheduleOptions& options)
    : options_(options), formula_(nullptr) {
  const ScheduleClass* schedule = find_schedule_class(class_name);
  if (schedule == nullptr) {
    throw Error(ExitCode::kConfiguration,
                text("unknown learning-rate schedule '", class_name, "'; known: ", join(schedule_names())));
  }
  class_name_ = schedule->name;
  formula_ = schedule->formula;
  check(*schedule, options_);
  fill_defaults(*schedule, options_);
}

std::shared_ptr<const LearningRateSchedule> make_learning_rate_schedule(const std::string& specification,
                                                                        std::optional<double> learning_rate) {
  const ClassSpecification given = parse_class_specification("learning-rate schedule", specification);
  ScheduleOptions options;
  for (const auto& [name, value] : given.arguments) {
    const auto* argument = std::ranges::find(kAll, name, &ScheduleArgument::name);
    if (argument == std::end(kAll)) {
      throw Error(ExitCode::kUsage,
                  text("learning-rate schedule '", specification, "': there is no argument '", name, "'"));
    }
    std::visit(Set{options, name, value}, argument->member);
  }
  const ScheduleClass* schedule = find_schedule_class(given.name);
  if (learning_rate && options.initial_learning_rate) {
    throw Error(ExitCode::kConfiguration,
                "the learning rate and the schedule's initial_learning_rate are both given");
  }
  if (learning_rate && schedule != nullptr) {
    if (schedule->arguments.front().name != "initial_learning_rate")
      refuse(*schedule, "takes no learning rate");
    options.initial_learning_rate = learning_rate;
  }
  return std::make_shared<const LearningRateSchedule>(given.name, options);
}

}  // namespace ktrain
