#include "keras/layer_instance.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "core/text.h"
#include "keras/activity_penalties.h"
#include "keras/masks.h"
#include "keras/operations.h"
#include "ktrain/core/error.h"
#include "ktrain/nn/layers/mask.h"
#include "ktrain/nn/layers/permute.h"

namespace ktrain {
namespace {

using Resolve = std::function<MaskedTensor(const TensorReference&)>;

/// The order of a sample's axes that brings the channels to the back (or, `to_front`, to the front).
std::vector<int> moved_channels(int rank, bool to_front) {
  std::vector<int> dims(static_cast<std::size_t>(rank));
  std::iota(dims.begin(), dims.end(), to_front ? 0 : 2);
  if (to_front) {
    dims.front() = rank;
  } else {
    dims.back() = 1;
  }
  return dims;
}

/// A layer of one of ktrain's classes.
class PlainLayer final : public LayerInstance {
 public:
  PlainLayer(BuildContext& context, const GraphLayer& layer, const std::string& scope, std::string path)
      : context_(context),
        object_(layer.object),
        name_(scope + layer.name),
        path_(std::move(path)),
        class_(find_layer(layer.object)) {
    Json& config = object_["config"];
    config["name"] = name_;
    // Kernels are channels-last; what comes and goes is turned around.
    channels_first_ = config.value("data_format", Json()) == "channels_first";
    if (channels_first_) config["data_format"] = "channels_last";
  }

  std::vector<MaskedTensor> call(const GraphUse& use, const Resolve& resolve) override {
    BoundCall bound = bind_call(use, signature(), name_, resolve);
    const int rank = bound.inputs.empty() ? 0 : shape(bound.inputs[0]).rank();
    if (channels_first_) bring_channels_to_back(bound);
    add_mask_inputs(bound, masking(), signature(), context_.helpers);
    std::vector<Model::TensorId> inputs;
    for (const auto& input : bound.inputs) inputs.push_back(input.tensor.value);
    std::vector<MaskedTensor> outputs;
    const int manner = manner_for(bound.layer_call());
    for (const Model::TensorId output : context_.model.call(*id_, inputs, manner))
      outputs.push_back({output});
    if (class_) add_activity_penalties(object_, outputs, context_.helpers);
    if (channels_first_) bring_channels_to_front(outputs, rank);
    outputs[0].mask =
        makes_mask() ? made_mask(inputs[0]) : output_mask(bound, masking(), object_, context_.helpers);
    return outputs;
  }

  bool clears_masks() const override { return masking() == Masking::kTakesAndClears; }

  void collect(std::vector<Model::LayerId>& layers) const override {
    if (id_) layers.push_back(*id_);
  }

 private:
  std::string_view signature() const { return class_ ? class_->arguments : kOperationSignature; }
  Masking masking() const { return class_ ? class_->masking : Masking::kDrops; }
  Shape shape(const BoundCall::Input& input) const { return context_.helpers.shape(input.tensor.value); }

  /// The layer is made at the first call, and for each other kind of call made again with the same variables.
  int manner_for(const LayerCall& call) {
    const auto known = std::ranges::find(manners_, call, &std::pair<LayerCall, int>::first);
    if (known != manners_.end()) return known->second;
    auto layer = class_ ? make_layer(object_, context_.options, call) : make_operation(object_, call);
    layer = context_.helpers.placed(std::move(layer));
    int manner = -1;
    if (id_) {
      manner = context_.model.add_manner(*id_, std::move(layer));
    } else {
      layer->set_file_path(path_);
      id_ = context_.model.add_layer(std::move(layer));
    }
    return manners_.emplace_back(call, manner).second;
  }

  void bring_channels_to_back(BoundCall& bound) const {
    for (auto& input : bound.inputs) {
      const int rank = shape(input).rank();
      if (rank < 2 || input.argument != bound.inputs[0].argument) continue;
      input.tensor.value = context_.helpers.add("channels_last", input.tensor.value, make_permute,
                                                PermuteOptions{moved_channels(rank, false)}, true);
    }
  }

  void bring_channels_to_front(std::vector<MaskedTensor>& outputs, int rank) const {
    for (MaskedTensor& output : outputs) {
      if (rank < 2 || context_.helpers.shape(output.value).rank() != rank) continue;
      output.value = context_.helpers.add("channels_first", output.value, make_permute,
                                          PermuteOptions{moved_channels(rank, true)}, true);
    }
  }

  bool makes_mask() const {
    const Json& config = object_["config"];
    const bool embedding = class_ && class_->name == "Embedding" && member(config, "mask_zero") == true;
    return embedding || (class_ && class_->name == "Masking");
  }

  Model::TensorId made_mask(Model::TensorId input) const {
    if (class_->name == "Embedding")
      return context_.helpers.add("mask", input, make_not_equal_mask, 0.0F, false);
    const auto value = static_cast<float>(number_of(member(object_["config"], "mask_value")).value_or(0));
    return context_.helpers.add("mask", input, make_not_equal_mask, value, true);
  }

  BuildContext& context_;
  Json object_;
  std::string name_;
  std::string path_;
  const LayerClass* class_;  ///< null for an operation
  bool channels_first_ = false;
  std::optional<Model::LayerId> id_;
  std::vector<std::pair<LayerCall, int>> manners_;  ///< for each kind of call
};

}  // namespace

std::unique_ptr<LayerInstance> make_instance(BuildContext& context, const GraphLayer& layer,
                                             const std::string& scope, const std::string& path) {
  if (layer.model) return make_nested_model(context, layer, scope, path);
  if (is_distributed_model(layer.object)) return make_distributed_model(context, layer, scope, path);
  if (is_bidirectional(layer.object)) return make_bidirectional(context, layer, scope, path);
  return std::make_unique<PlainLayer>(context, layer, scope, path);
}

}  // namespace ktrain
