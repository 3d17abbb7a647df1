#pragma once

#include <cmath>
#include <limits>
#include <optional>
#include <span>
#include <string_view>
#include <variant>
#include <vector>

#include "ktrain/optim/learning_rate_schedule.h"

namespace ktrain {

/// One argument of a schedule: its name, where it goes, and its default (NaN: it must be given, infinite:
/// there is none).
struct ScheduleArgument {
  using Member = std::variant<std::optional<double> ScheduleOptions::*,
                              std::optional<bool> ScheduleOptions::*, std::vector<double> ScheduleOptions::*>;
  std::string_view name;
  Member member;
  double fallback = std::numeric_limits<double>::quiet_NaN();
  bool given(const ScheduleOptions& options) const;
};

/// One of Keras's schedules. The arguments stand in the order of Keras's configurations.
struct ScheduleClass {
  const char* name;
  const char* default_name;  ///< of the object
  std::vector<ScheduleArgument> arguments;
  double (*formula)(const ScheduleOptions&, double iteration);
};

/// By Keras's class name or the same in snake case; null when there is none.
const ScheduleClass* find_schedule_class(std::string_view name);
std::vector<std::string> schedule_names();

}  // namespace ktrain
