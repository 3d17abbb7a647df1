#pragma once

#include <memory>
#include <span>
#include <string>
#include <utility>

#include "ktrain/nn/layers/time_distributed.h"
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
    return model_
        .call(model_.add_layer(placed(make(purpose + "#" + std::to_string(count_++), arguments...))), inputs)
        .front();
  }
  template <typename Make, typename... Arguments>
  Model::TensorId add(const std::string& purpose, Model::TensorId input, Make make,
                      const Arguments&... arguments) {
    return add(purpose, std::span<const Model::TensorId>(&input, 1), make, arguments...);
  }

  /// The same for a layer without outputs.
  template <typename Make, typename... Arguments>
  void add_end(const std::string& purpose, Model::TensorId input, Make make, const Arguments&... arguments) {
    model_.call(model_.add_layer(make(purpose + "#" + std::to_string(count_++), arguments...)),
                std::span<const Model::TensorId>(&input, 1));
  }

  /// Within a TimeDistributed, that of one step.
  Shape shape(Model::TensorId tensor) const {
    Shape shape = model_.tensors()[static_cast<std::size_t>(tensor)].sample_shape;
    for (int i = 0; i < depth_; ++i) shape = shape.sample();
    return shape;
  }

  /// Between the two, layers that are `placed` and those made here work on the steps of their inputs.
  void enter_steps() { ++depth_; }
  void leave_steps() { --depth_; }
  std::unique_ptr<Layer> placed(std::unique_ptr<Layer> layer) const {
    for (int i = 0; i < depth_; ++i) layer = make_distributed_part(std::move(layer));
    return layer;
  }

 private:
  Model& model_;
  int count_ = 0;
  int depth_ = 0;
};

}  // namespace ktrain
