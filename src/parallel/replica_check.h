#pragma once

#include <string>

#include "ktrain/comm/communicator.h"
#include "ktrain/tensor/parameter.h"

namespace ktrain {

/// Compares the variables of all workers by digest. If they differ, every worker throws
/// AgreedError{kReplicasDisagree} that names `place` ("epoch 2 end"), the first differing variable in Keras's
/// order, and the ranks, with their hosts, whose values are not those that most workers hold. Collective.
void check_replicas(Communicator& group, const FlatParameters& parameters, const std::string& place);

}  // namespace ktrain
