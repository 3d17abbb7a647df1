#pragma once

#include <string_view>

#include "keras/bound_call.h"
#include "keras/helper_layers.h"
#include "keras/registry.h"

namespace ktrain {

/// Adds the masks that a layer takes to its inputs, as Keras's Layer.__call__ finds them: a call with tensors
/// for one argument alone takes their masks ("inputs_mask"; ones where only some have one); with more, those
/// whose "<argument>_mask" is in the signature.
void add_mask_inputs(BoundCall& call, Masking masking, std::string_view signature, HelperLayers& helpers);

/// The mask of a layer's first output, or kNoTensor. `object` is the layer's.
Model::TensorId output_mask(const BoundCall& call, Masking masking, const Json& object,
                            HelperLayers& helpers);

}  // namespace ktrain
