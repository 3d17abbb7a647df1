#pragma once

#include <string>
#include <vector>

#include "ktrain/comm/communicator.h"

namespace ktrain {

/// One promise of Communicator, checked with GoogleTest's EXPECT by every rank of a group that calls `run`
/// together. The same checks are run on every implementation.
struct CommunicatorCheck {
  std::string name;
  void (*run)(Communicator& group);
};

std::vector<CommunicatorCheck> communicator_checks();

}  // namespace ktrain
