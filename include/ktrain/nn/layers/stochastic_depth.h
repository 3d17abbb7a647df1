#pragma once

#include <memory>
#include <string>

#include "ktrain/nn/layer.h"

namespace ktrain {

/// StochasticDepth of keras.applications.convnext: in training, each sample is kept with probability
/// 1 - drop_path_rate, and then divided by it; otherwise 0 (Huang et al. 2016, arXiv:1603.09382). Which
/// samples, is a function of (seed, layer name, call, epoch, position in the epoch).
struct StochasticDepthOptions {
  double drop_path_rate = 0;
};

/// Throws Error{kConfiguration} on a rate outside [0, 1).
std::unique_ptr<Layer> make_stochastic_depth(const std::string& name, const StochasticDepthOptions& options,
                                             bool trainable = true);

}  // namespace ktrain
