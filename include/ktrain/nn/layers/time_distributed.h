#pragma once

#include <memory>
#include <string>

#include "ktrain/nn/layer.h"

namespace ktrain {

/// keras.layers.TimeDistributed: `layer` on every step of (N, T, …) apart. Its variables are the layer's, in
/// the object "layer". A layer that sums over the samples of a step (BatchNormalization) gets each of the T
/// steps by itself and ends T steps of its own, as in Keras. A second input is a mask (N, T, …), whose
/// steps the layer takes as its second input when `takes_mask`.
std::unique_ptr<Layer> make_time_distributed(const std::string& name, std::unique_ptr<Layer> layer,
                                             bool takes_mask = false, bool trainable = true);

}  // namespace ktrain
