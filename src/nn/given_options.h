#pragma once

#include <string>
#include <vector>

#include "ktrain/nn/metric_options.h"

namespace ktrain {

/// Names of the losses' arguments that are not their defaults.
std::vector<std::string> given_options(const LossOptions& options);

/// The same of a metric; those of its `loss` among them or not.
std::vector<std::string> given_options(const MetricOptions& options, bool of_loss = true);

}  // namespace ktrain
