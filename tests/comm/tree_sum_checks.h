#pragma once

#include "ktrain/comm/communicator.h"

namespace ktrain {

// Sums along a tree, against its definition, to the bit; as CommunicatorCheck::run.

/// Float32 and float64, few and many elements, in memory from anywhere, leaves spread over ranks in several
/// ways, some ranks without any.
void sums_along_trees(Communicator& group);
/// Many under way at once with other collectives, waited for in the reverse order.
void overlaps_tree_sums(Communicator& group);

}  // namespace ktrain
