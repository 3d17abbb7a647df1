#pragma once

#include <string>

#include "ktrain/nn/model.h"
#include "ktrain/optim/optimizer.h"

namespace ktrain {

// `.weights.h5` files as keras.Model.save_weights writes them (Keras 3.3 and later): a group per layer named
// by its class, "layers/conv2d_1/vars/0", and the optimizer's variables at "optimizer/vars/…". Everything
// that does not fit the model is Error{kData} that names the file, the path and both shapes.

/// Writes the model's variables, and the optimizer's where one is given; all or nothing. Throws Error{kIo}.
void save_weights(const std::string& file, const Model& model, Optimizer* optimizer = nullptr);

/// Reads the model's variables. The file must hold exactly those that the model has.
void load_weights(const std::string& file, Model& model);

/// Reads the optimizer's iteration, learning rate (unless a schedule set it) and slots. The optimizer is
/// bound. Returns false when the file holds no optimizer.
bool load_optimizer(const std::string& file, const Model& model, Optimizer& optimizer);

}  // namespace ktrain
