#pragma once

#include <memory>
#include <span>
#include <string>

#include "ktrain/nn/model.h"

namespace ktrain {

/// Adds layers that stand in no file to a model under construction: what ktrain puts between Keras's layers
/// (permutations for channels_first, masks).
class HelperLayers {
 public:
  explicit HelperLayers(Model& model) : model_(model) {}

  /// `make(name, arguments…)`, called with `inputs`. `purpose` begins the layer's name.
  template <typename Make, typename... Arguments>
  Model::TensorId add(const std::string& purpose, std::span<const Model::TensorId> inputs, Make make,
                      const Arguments&... arguments) {
    return model_.call(model_.add_layer(make(purpose + "#" + std::to_string(count_++), arguments...)), inputs)
        .front();
  }
  template <typename Make, typename... Arguments>
  Model::TensorId add(const std::string& purpose, Model::TensorId input, Make make,
                      const Arguments&... arguments) {
    return add(purpose, std::span<const Model::TensorId>(&input, 1), make, arguments...);
  }

  const Shape& shape(Model::TensorId tensor) const {
    return model_.tensors()[static_cast<std::size_t>(tensor)].sample_shape;
  }

 private:
  Model& model_;
  int count_ = 0;
};

}  // namespace ktrain
