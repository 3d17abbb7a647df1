#pragma once

#include "io/hdf5.h"
#include "ktrain/optim/optimizer.h"

namespace ktrain {

/// Writes "optimizer/vars/…" in Keras's order: iteration, learning rate (none under a schedule), then
/// Optimizer::variables.
void write_optimizer(H5Writer& file, const FlatParameters& parameters, Optimizer& optimizer);

/// Reads the same; false when there is none. Throws Error{kData} when the variables are not this optimizer's.
bool read_optimizer(const H5Reader& file, const FlatParameters& parameters, Optimizer& optimizer);

}  // namespace ktrain
