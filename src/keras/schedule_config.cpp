#include "keras/schedule_config.h"

#include <algorithm>
#include <cmath>
#include <variant>

#include "core/text.h"
#include "ktrain/core/error.h"
#include "optim/schedule_classes.h"

namespace ktrain {
namespace {

/// The value of one argument; false when it is of another kind.
struct Read {
  ScheduleOptions& options;
  const Json& value;

  bool operator()(std::optional<double> ScheduleOptions::*member) const {
    options.*member = number_of(value);
    return (options.*member).has_value() && std::isfinite(*(options.*member));
  }
  bool operator()(std::optional<bool> ScheduleOptions::*member) const {
    if (value.is_boolean()) options.*member = value.get<bool>();
    return value.is_boolean();
  }
  bool operator()(std::vector<double> ScheduleOptions::*member) const {
    if (!value.is_array()) return false;
    for (const Json& item : value) {
      const auto number = number_of(item);
      if (!number || !std::isfinite(*number)) return false;
      (options.*member).push_back(*number);
    }
    return true;
  }
};

// Counts of steps are whole in Keras's own files; everything else is a float and stays one.
Json number(std::string_view name, double value) {
  const bool counts = name.ends_with("_steps") || name == "boundaries";
  if (counts && value == std::floor(value)) return static_cast<std::int64_t>(value);
  return value;
}

struct Write {
  const ScheduleOptions& options;
  std::string_view name;

  Json operator()(std::optional<double> ScheduleOptions::*member) const {
    return options.*member ? number(name, *(options.*member)) : Json();
  }
  Json operator()(std::optional<bool> ScheduleOptions::*member) const { return *(options.*member); }
  Json operator()(std::vector<double> ScheduleOptions::*member) const {
    Json list = Json::array();
    for (const double value : options.*member) list.push_back(number(name, value));
    return list;
  }
};

}  // namespace

std::shared_ptr<const LearningRateSchedule> read_schedule_config(const Json& object) {
  const std::string name = string_member(object, "class_name");
  const auto refuse = [&](const auto&... values) {
    throw Error(ExitCode::kConfiguration, text("learning-rate schedule ", name, ": ", values...));
  };
  const ScheduleClass* schedule = find_schedule_class(name);
  const Json& config = member(object, "config");
  if (schedule == nullptr) {
    throw Error(ExitCode::kConfiguration, text(brief(object), " is not a supported learning-rate schedule"));
  }
  if (!config.is_object()) refuse("has no config");
  ScheduleOptions options;
  for (const auto& [key, value] : config.items()) {
    if (key == "name") {
      if (value.is_string()) options.name = value.get<std::string>();
      continue;
    }
    const auto argument = std::ranges::find(schedule->arguments, key, &ScheduleArgument::name);
    if (argument == schedule->arguments.end()) refuse("argument '", key, "': ktrain does not know it");
    const bool absent = value.is_null() && std::isinf(argument->fallback);
    if (!absent && !std::visit(Read{options, value}, argument->member)) {
      refuse("argument '", key, "': ", brief(value), " is not supported");
    }
  }
  return std::make_shared<const LearningRateSchedule>(name, options);
}

Json write_schedule_config(const LearningRateSchedule& schedule) {
  Json config = Json::object();
  for (const ScheduleArgument& argument : find_schedule_class(schedule.class_name())->arguments) {
    config[std::string(argument.name)] =
        std::visit(Write{schedule.options(), argument.name}, argument.member);
  }
  config["name"] = *schedule.options().name;
  return {{"module", "keras.optimizers.schedules"},
          {"class_name", schedule.class_name()},
          {"config", config},
          {"registered_name", nullptr}};
}

}  // namespace ktrain
