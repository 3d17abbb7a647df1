#pragma once

#include <span>
#include <string>
#include <vector>

#include "keras/json.h"
#include "ktrain/nn/loss_options.h"
#include "ktrain/nn/metric_options.h"

namespace ktrain {

// The losses and metrics of a compile_config. Each is a name, a serialized object of keras.losses or
// keras.metrics, or a function of theirs ("class_name": "function"). What is not known is
// Error{kConfiguration} that says what it is; whether arguments have values that their classes take is
// checked where losses and metrics are made.

/// `loss` (null, one, a list in the order of `outputs`, or a dict by their names) with `loss_weights` (null,
/// a number, a list, a dict). An output that Keras leaves without a loss has "none"; null gives nothing at
/// all.
std::vector<LossSpec> losses_of(const Json& loss, const Json& loss_weights,
                                std::span<const std::string> outputs);

/// `metrics` and `weighted_metrics`: null, a list of metrics for the only output, a list with a metric or a
/// list for each output, or a dict by their names.
std::vector<MetricSpec> metrics_of(const Json& metrics, const Json& weighted_metrics,
                                   std::span<const std::string> outputs);

}  // namespace ktrain
