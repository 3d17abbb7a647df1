#include "ktrain/train/companion_options.h"

#include <algorithm>
#include <charconv>
#include <functional>
#include <map>

#include "core/text.h"
#include "ktrain/core/error.h"

namespace ktrain {
namespace {

using Set = std::function<void(const std::string&)>;
using Setters = std::map<std::string, Set>;

template <typename... Values>
[[noreturn]] void refuse(const Values&... why) {
  throw Error(ExitCode::kUsage, text(why...));
}

double number(const std::string& value) {
  double number = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
  if (error != std::errc() || end != value.data() + value.size()) refuse("'", value, "' is not a number");
  return number;
}

std::int64_t whole(const std::string& value) {
  const double x = number(value);
  if (x < 0 || x != static_cast<double>(static_cast<std::int64_t>(x))) {
    refuse("'", value, "' is not a whole number of at least 0");
  }
  return static_cast<std::int64_t>(x);
}

bool flag(const std::string& value) {
  if (value == "true" || value == "on") return true;
  if (value == "false" || value == "off") return false;
  refuse("'", value, "' is not true or false");
}

Setters monitor_setters(MonitorOptions& options) {
  return {{"monitor", [&](const std::string& v) { options.monitor = v; }},
          {"min_delta", [&](const std::string& v) { options.min_delta = number(v); }},
          {"mode", [&](const std::string& v) {
             if (v != "auto" && v != "min" && v != "max") refuse("'", v, "' is none of auto, min, max");
             options.mode = v;
           }}};
}

void set_all(std::span<const std::string> arguments, const Setters& setters) {
  for (const std::string& argument : arguments) {
    const std::size_t equals = argument.find('=');
    const auto setter = setters.find(argument.substr(0, equals));
    if (setter == setters.end() || equals == std::string::npos) {
      std::string known;
      for (const auto& [name, unused] : setters) known += (known.empty() ? "" : ", ") + name;
      refuse("'", argument, "' is none of: ", known, " with =VALUE");
    }
    try {
      setter->second(argument.substr(equals + 1));
    } catch (const Error& error) {
      refuse(setter->first, ": ", error.what());
    }
  }
}

}  // namespace

EarlyStoppingOptions early_stopping_options(std::span<const std::string> arguments) {
  EarlyStoppingOptions options;
  Setters setters = monitor_setters(options);
  setters["patience"] = [&](const std::string& v) { options.patience = whole(v); };
  setters["baseline"] = [&](const std::string& v) { options.baseline = number(v); };
  setters["restore_best_weights"] = [&](const std::string& v) { options.restore_best_weights = flag(v); };
  setters["start_from_epoch"] = [&](const std::string& v) { options.start_from_epoch = whole(v); };
  set_all(arguments, setters);
  return options;
}

ReduceLROnPlateauOptions reduce_lr_on_plateau_options(std::span<const std::string> arguments) {
  ReduceLROnPlateauOptions options;
  Setters setters = monitor_setters(options);
  setters["factor"] = [&](const std::string& v) {
    options.factor = number(v);
    if (!(options.factor < 1)) refuse("'", v, "' is not below 1");
  };
  setters["patience"] = [&](const std::string& v) { options.patience = whole(v); };
  setters["cooldown"] = [&](const std::string& v) { options.cooldown = whole(v); };
  setters["min_lr"] = [&](const std::string& v) { options.min_lr = number(v); };
  set_all(arguments, setters);
  return options;
}

SaveBestOptions save_best_options(std::span<const std::string> arguments) {
  SaveBestOptions options;
  Setters setters = monitor_setters(options);
  setters.erase("min_delta");
  setters["initial_value_threshold"] = [&](const std::string& v) {
    options.initial_value_threshold = number(v);
  };
  set_all(arguments, setters);
  return options;
}

}  // namespace ktrain
