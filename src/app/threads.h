#pragma once

#include <optional>

#include "ktrain/comm/communicator.h"

namespace ktrain {

/// Threads for this worker's compute: `wanted`, else its processors shared evenly with the ranks of this host
/// that may run on the same ones; at least 1. Collective.
int threads_for_worker(Communicator& communicator, std::optional<int> wanted);

}  // namespace ktrain
