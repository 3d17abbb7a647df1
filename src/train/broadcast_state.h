#pragma once

#include <functional>

#include "core/state_visitor.h"
#include "ktrain/comm/communicator.h"

namespace ktrain {

/// Brings every field of a state from rank 0 to all ranks; `visit` visits it, the same fields on each rank.
/// Arrays that have the same digest everywhere are not written: mostly all, and their memory may be shared.
void broadcast_state(Communicator& communicator, const std::function<void(StateVisitor&)>& visit);

}  // namespace ktrain
