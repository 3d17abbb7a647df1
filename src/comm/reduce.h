#pragma once

#include <cstdint>

#include "ktrain/comm/communicator.h"

namespace ktrain {

/// into[i] = op(into[i], from[i]) for i in [0, count). Types as all_reduce_start's, others are an Error.
/// Callers go through the ranks in order, so that a sum has the same bits whoever takes it.
void reduce_into(void* into, const void* from, std::int64_t count, DType dtype, ReduceOp op);

}  // namespace ktrain
