#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "ktrain/nn/metric_options.h"

namespace ktrain {

/// The value of an argument as text or JSON gives it; monostate is Keras's None.
using OptionValue = std::variant<std::monostate, bool, double, std::string, std::vector<double>>;

/// Set the argument of this name in Keras. False for a name that no loss (metric) has. Throw
/// Error{kConfiguration} for a value that the argument cannot have.
bool set_option(LossOptions& options, std::string_view name, const OptionValue& value);
bool set_option(MetricOptions& options, std::string_view name, const OptionValue& value);

/// "name", "name:argument=value:argument=value" or "output=name…"; a list's numbers have slashes between
/// them. "top_k_categorical_accuracy:3" is short for k=3. Throw Error{kUsage}.
LossSpec parse_loss(const std::string& text);
MetricSpec parse_metric(const std::string& text);

}  // namespace ktrain
