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

/// A layer of a model within a keras.layers.TimeDistributed: the same on every step of all inputs (N, T, …),
/// under the layer's own name and with its own variables. Masks are inputs as any others.
std::unique_ptr<Layer> make_distributed_part(std::unique_ptr<Layer> layer);

}  // namespace ktrain
