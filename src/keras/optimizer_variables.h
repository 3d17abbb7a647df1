#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "io/hdf5.h"
#include "ktrain/optim/optimizer.h"

namespace ktrain {

/// Writes "optimizer/vars/…" in Keras's order: iteration, learning rate (none under a schedule), then
/// Optimizer::variables.
void write_optimizer(H5Writer& file, const FlatParameters& parameters, Optimizer& optimizer);

/// The same at other places, one path for each variable.
void write_optimizer_at(H5Writer& file, const std::vector<std::string>& paths,
                        const FlatParameters& parameters, Optimizer& optimizer);
/// How many those are, the iteration and the learning rate included.
std::size_t optimizer_variable_count(const FlatParameters& parameters, Optimizer& optimizer);

/// Reads from these places in the same order.
void read_optimizer_at(const H5Reader& file, const std::vector<std::string>& paths,
                       const FlatParameters& parameters, Optimizer& optimizer);

/// Reads the same; false when there is none. Throws Error{kData} when the variables are not this optimizer's.
bool read_optimizer(const H5Reader& file, const FlatParameters& parameters, Optimizer& optimizer);

}  // namespace ktrain
