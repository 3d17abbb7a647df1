#pragma once

#include <functional>

#include "ktrain/comm/communicator.h"

namespace ktrain {

/// Runs `work` on `ranks` threads of this process, each with its communicator of one group, and returns when
/// all have. A rank that throws ends: peers that wait for it get CommError, and the exception that came first
/// is thrown here. Ranks that start different collectives are an Error{kSoftware} that names both.
void run_ranks(int ranks, const std::function<void(Communicator&)>& work,
               double stall_seconds = Communicator::kDefaultStallSeconds);

}  // namespace ktrain
