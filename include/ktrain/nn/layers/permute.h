#pragma once

#include <memory>
#include <string>
#include <vector>

#include "ktrain/nn/layer.h"

namespace ktrain {

/// keras.layers.Permute: axis i of the output is axis dims[i] of the input; the batch is axis 0 and stays.
struct PermuteOptions {
  std::vector<int> dims = {};  ///< each of 1 … number of axes of a sample, once: (2, 1) swaps two
};

/// Throws Error{kConfiguration} when dims is no such order; build, when a sample has another number of axes.
std::unique_ptr<Layer> make_permute(const std::string& name, const PermuteOptions& options,
                                    bool trainable = true);

}  // namespace ktrain
