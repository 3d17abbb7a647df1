#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "ktrain/nn/model.h"

namespace ktrain {

/// A variable of the model and its place in the file.
struct StoredVariable {
  const Layer* layer;
  std::size_t index;  ///< in the layer
  std::string owner;  ///< the object that it belongs to: "layers/lstm/cell"
  std::string path;   ///< "layers/lstm/cell/vars/0"
  bool copy = false;  ///< its second place
  std::string name() const { return layer->name() + "/" + layer->parameter_specs()[index].name; }
  const TensorView& values() const { return layer->parameters()[index]; }
};

/// All variables of a model, in Keras's order.
std::vector<StoredVariable> stored_variables(const Model& model);

/// Keras's name of the object that owns a variable: the layer's, or "lstm_cell" of "lstm_cell/kernel".
std::string owner_name(const StoredVariable& variable);

}  // namespace ktrain
