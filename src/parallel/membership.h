#pragma once

#include "ktrain/comm/communicator.h"

namespace ktrain {

/// Who this worker is among how many. All that follows from the worker count is derived from one of these, so
/// that it can be derived anew between two steps.
struct Membership {
  int rank = 0;
  int size = 1;
};

inline Membership membership_of(const Communicator& group) {
  return {group.rank(), group.size()};
}

}  // namespace ktrain
