#pragma once

#include "config/run_config.h"
#include "ktrain/comm/communicator.h"

namespace ktrain {

/// Throws AgreedError{kConfiguration} naming the first setting that is not the same on all ranks, with both
/// values. Collective.
void require_same_options(Communicator& communicator, const RunConfig& config);

}  // namespace ktrain
