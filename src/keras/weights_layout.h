#pragma once

#include "io/hdf5.h"
#include "ktrain/nn/model.h"
#include "ktrain/optim/optimizer.h"

namespace ktrain {

// What `.weights.h5` files and the weights of `.keras` files have in common: the layout of Keras 3.

/// `optimizer` may be null.
void write_weights(H5Writer& file, const Model& model, Optimizer* optimizer);

/// The file must hold exactly the model's variables, or Error{kData}.
void read_weights(const H5Reader& file, Model& model);

}  // namespace ktrain
