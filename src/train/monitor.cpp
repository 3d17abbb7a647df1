#include "train/monitor.h"

#include <algorithm>
#include <cmath>

#include "core/text.h"
#include "train/objective_specs.h"

namespace ktrain {
namespace {

/// By the metrics that the name may stand for.
std::optional<bool> direction_of(std::string_view name, const ObjectiveOptions& objective) {
  if (name.starts_with("val_")) name.remove_prefix(4);
  if (name == "loss") return false;
  for (const MetricSpec& spec : objective.metrics) {
    const std::string label = label_of(spec);
    const bool of_output = name.ends_with("_" + label);
    if (name == label || of_output) return larger_is_better(canonical_metric_name(spec.name));
  }
  return std::nullopt;
}

}  // namespace

Monitor::Monitor(const MonitorOptions& options, const ObjectiveOptions& objective)
    : name_(options.monitor), larger_(options.mode == "max"), min_delta_(std::abs(options.min_delta)) {
  if (options.mode != "auto") return;
  const auto larger = direction_of(name_, objective);
  if (!larger) {
    throw Error(ExitCode::kConfiguration,
                text("whether a larger '", name_, "' is better is not known: give mode=max or mode=min"));
  }
  larger_ = *larger;
}

std::optional<double> Monitor::value(std::span<const NamedValue> logs) const {
  const auto found = std::ranges::find(logs, name_, &NamedValue::name);
  return found == logs.end() ? std::nullopt : std::optional(found->value);
}

bool Monitor::improves(double value, const std::optional<double>& reference) const {
  if (!reference) return true;
  // Keras compares in float32, in which values that float64 tells apart are often the same.
  const auto bound = static_cast<float>(*reference);
  return larger_ ? static_cast<float>(value - min_delta_) > bound
                 : static_cast<float>(value + min_delta_) < bound;
}

}  // namespace ktrain
