#pragma once

#include <cstdint>

#include "ktrain/comm/communicator.h"

namespace ktrain {

/// into[i] = op(into[i], from[i]) for i in [0, count). Types as all_reduce_start's. A sum over ranks is taken
/// in rank order wherever it is taken here, so that it has the same bits on every rank.
void reduce_into(void* into, const void* from, std::int64_t count, DType dtype, ReduceOp op);

}  // namespace ktrain
