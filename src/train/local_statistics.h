#pragma once

#include <cstdint>

#include "ktrain/comm/communicator.h"
#include "ktrain/nn/model.h"

namespace ktrain {

/// With `--batchnorm local` each rank's moving statistics saw its own rows only: replaces them by their mean
/// over the ranks, weighted by rows, so that replicas stay equal. Does nothing for global statistics.
void average_local_statistics(Communicator& communicator, Model& model, std::int64_t own_rows,
                              std::int64_t global_rows);

}  // namespace ktrain
