#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "ktrain/nn/layer.h"
#include "ktrain/tensor/parameter.h"

namespace ktrain {

/// A static graph of layer calls with all its variables: what Keras calls a Functional (or Sequential) model.
/// Built once (add_input, add_layer, call, set_outputs, finish), then only its variables change.
class Model {
 public:
  using LayerId = int;
  using TensorId = int;
  static constexpr TensorId kNoTensor = -1;

  /// One use of a layer; a shared layer has several.
  struct Call {
    LayerId layer = 0;
    int manner = -1;           ///< of the layer's further manners (add_manner); -1: the layer itself
    std::uint32_t number = 0;  ///< counts this layer's calls
    std::vector<TensorId> inputs;
    std::vector<TensorId> outputs;
  };
  /// An activation: the value of an input or of a call.
  struct TensorInfo {
    std::string name;  ///< of the input or of the layer that makes it
    Shape sample_shape;
  };

  explicit Model(std::string name = "model") : name_(std::move(name)) {}

  TensorId add_input(const std::string& name, const Shape& sample_shape);
  /// Layers are added in Keras's order (`model.layers`), which is the order of the variables. Throws
  /// Error{kConfiguration} when the name is taken.
  LayerId add_layer(std::unique_ptr<Layer> layer);
  /// Another object for the same layer, with its name and variables, that computes a call of another kind
  /// (with a mask, with other arguments). Gives what `call` takes as `manner`.
  int add_manner(LayerId layer, std::unique_ptr<Layer> manner);
  /// Puts the layers into another order than they were added in: `order` holds every layer once.
  void order_layers(std::span<const LayerId> order);
  /// Calls come in an order in which every input is known: a topological order of the graph, kept for
  /// execution. Gives the layer's outputs.
  std::vector<TensorId> call(LayerId layer, std::span<const TensorId> inputs, int manner = -1);
  /// add_layer and call with one input: for chains written in C++.
  TensorId then(std::unique_ptr<Layer> layer, TensorId input);
  /// `masks`: for each output, the tensor of ones and zeros that says which of its elements count, or
  /// kNoTensor; empty for no masks at all.
  void set_outputs(std::vector<TensorId> outputs, std::vector<TensorId> masks = {});
  /// For outputs that are not called like the layers that make them (those of nested models).
  void set_output_names(std::vector<std::string> names) { output_names_ = std::move(names); }
  /// For each output the tensor that its last activation is computed from, for a loss that is a function of
  /// that; kNoTensor where the loss is one of the output itself.
  void set_logits(std::vector<TensorId> logits) { logits_ = std::move(logits); }
  /// Takes the memory of the variables and fills them by their initializers, from `seed` and each variable's
  /// name.
  void finish(std::optional<std::uint64_t> seed);

  const std::string& name() const { return name_; }
  std::span<const std::unique_ptr<Layer>> layers() const { return layers_; }
  /// Layer::statistics_momenta of all layers, of their further manners, too.
  std::vector<double*> statistics_momenta() const;
  std::span<const Call> calls() const { return calls_; }
  /// What computes a call.
  Layer& layer_of(const Call& call) const {
    return call.manner < 0 ? *layers_[static_cast<std::size_t>(call.layer)]
                           : *manners_[static_cast<std::size_t>(call.manner)].second;
  }
  std::span<const TensorInfo> tensors() const { return tensors_; }
  std::span<const TensorId> inputs() const { return inputs_; }
  std::span<const TensorId> outputs() const { return outputs_; }
  std::span<const TensorId> output_masks() const { return output_masks_; }
  std::span<const TensorId> logits() const { return logits_; }
  /// What the loss of output `index` is a function of.
  TensorId loss_tensor(std::size_t index) const {
    return logits_[index] == kNoTensor ? outputs_[index] : logits_[index];
  }
  /// True when input `index` may be given in uint8: all that it goes to reads bytes.
  bool reads_bytes(std::size_t index) const;
  std::vector<std::string> input_names() const { return names_of(inputs_); }
  std::vector<std::string> output_names() const {
    return output_names_.empty() ? names_of(outputs_) : output_names_;
  }

  FlatParameters& parameters() { return parameters_; }
  const FlatParameters& parameters() const { return parameters_; }
  /// One per parameter, in the order of parameters().parameters().
  std::span<const Regularizer> regularizers() const { return regularizers_; }
  std::span<const Constraint> constraints() const { return constraints_; }
  /// Parameters of a layer: `count` of them from `first` in parameters().parameters().
  struct Window {
    std::size_t first = 0;
    std::size_t count = 0;
  };
  Window parameters_of(LayerId layer) const { return windows_[static_cast<std::size_t>(layer)]; }

  /// Has `move` take the memory of all variables (Model::parameters().value_bytes()) and give that which they
  /// are in from now on: of the same size, with the values that they are to have. Views of values, and what
  /// was prepared from this model, are void then.
  void move_values(const std::function<Buffer(Buffer)>& move);

  /// Must be called after values were changed, so that packed copies are refreshed.
  void weights_changed() { ++weights_version_; }
  std::uint64_t weights_version() const { return weights_version_; }

 private:
  void bind_layers();
  std::vector<std::string> names_of(std::span<const TensorId> tensors) const;

  std::string name_;
  std::vector<std::unique_ptr<Layer>> layers_;
  std::vector<std::pair<LayerId, std::unique_ptr<Layer>>> manners_;
  std::vector<std::uint32_t> calls_of_layer_;
  std::vector<Call> calls_;
  std::vector<TensorInfo> tensors_;
  std::vector<TensorId> inputs_;
  std::vector<TensorId> outputs_;
  std::vector<TensorId> output_masks_;
  std::vector<TensorId> logits_;
  std::vector<std::string> output_names_;
  FlatParameters parameters_;
  std::vector<Regularizer> regularizers_;
  std::vector<Constraint> constraints_;
  std::vector<Window> windows_;
  std::uint64_t weights_version_ = 1;
};

}  // namespace ktrain
