#pragma once

#include <string>

#include "app/build_run.h"
#include "config/run_config.h"
#include "ktrain/comm/communicator.h"

namespace ktrain {

/// Estimates the moving statistics of a run's model anew, from its data, as the options say; returns a line
/// that says so. Collective.
std::string recalibrate_model(Communicator& communicator, const RunConfig& config, Run& run);

}  // namespace ktrain
