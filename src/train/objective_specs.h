#pragma once

#include <span>
#include <string>
#include <vector>

#include "ktrain/train/objective.h"

namespace ktrain {

// What ObjectiveOptions say of a model's outputs.

/// Throws Error{kConfiguration} listing the outputs when a loss or a metric names none of them, or when
/// losses are given by name and one is missing.
void require_known_outputs(const ObjectiveOptions& options, std::span<const std::string> outputs);

/// The loss of an output; null without.
const LossSpec* loss_of(const ObjectiveOptions& options, const std::string& output);

/// The outputs that have a loss or a metric, in order.
std::vector<std::string> measured_outputs(const ObjectiveOptions& options,
                                          std::span<const std::string> outputs);

/// Of a metric in logs.
std::string label_of(const MetricSpec& spec);

/// "name", or "name[0]", "name[1]", … of a metric with several values.
std::vector<std::string> names_of_values(const std::string& name, std::int64_t count);

}  // namespace ktrain
