#pragma once

#include <string>

#include "io/hdf5.h"
#include "keras/json.h"
#include "ktrain/nn/model.h"
#include "ktrain/optim/optimizer.h"

namespace ktrain {

// Whole models in one HDF5 file (`.h5`), and Keras 2's weights files: variables in a group per layer, named
// by the layer and in the order of layer.trainable_weights + layer.non_trainable_weights.

/// True when `file` is of this kind: it names its layers in attributes.
bool is_legacy_h5(const H5Reader& file);

/// The model's description with "compile_config", as a `.keras` file has it. Throws Error{kData} when the
/// file holds weights alone.
Json read_legacy_model(const H5Reader& file);

/// As Keras does: layers with variables and groups with variables are paired in their order, names count for
/// nothing. Throws Error{kData} that names group and shapes when they do not fit.
void read_legacy_weights(const H5Reader& file, Model& model);

/// The optimizer's variables, of Keras 3 and of Keras 2, which names and orders them otherwise; false when
/// there are none.
bool read_legacy_optimizer(const H5Reader& file, const FlatParameters& parameters, Optimizer& optimizer);
void write_legacy_optimizer(H5Writer& file, const FlatParameters& parameters, Optimizer& optimizer);

/// `description` is the model's, in Keras 3's form.
void write_legacy_model(H5Writer& file, const Json& description, const Model& model);

}  // namespace ktrain
