#include "keras/graph_instance.h"

#include <utility>

#include "core/check.h"
#include "core/text.h"
#include "keras/naming.h"
#include "ktrain/core/error.h"

namespace ktrain {

GraphInstance::GraphInstance(BuildContext& context, const Graph& graph, const std::string& scope,
                             const std::string& path)
    : context_(context), graph_(graph), order_(order_as_keras(graph)) {
  EntryNames entries;
  for (const std::size_t index : order_.layers) {
    const GraphLayer& layer = graph.layers[index];
    // An operation owns nothing and has no entry.
    const bool operation = !layer.model && !layer.is_input() && is_operation(layer.object);
    const std::string entry =
        operation ? "" : entries.next(python_class(string_member(layer.object, "class_name")));
    if (layer.is_input()) continue;
    instances_[index] = make_instance(context, layer, scope, operation ? "" : path + "layers/" + entry);
  }
}

std::vector<MaskedTensor> GraphInstance::call(const std::vector<MaskedTensor>& inputs) {
  KTRAIN_CHECK(inputs.size() == graph_.inputs.size(), inputs.size(), " inputs for ", graph_.inputs.size());
  std::map<Key, MaskedTensor> tensors;
  for (std::size_t i = 0; i < inputs.size(); ++i) tensors[{graph_.inputs[i].layer, 0, 0}] = inputs[i];
  for (std::size_t index = 0; index < graph_.layers.size(); ++index) {
    const auto input = tensors.find({graph_.layers[index].name, 0, 0});
    if (input != tensors.end()) last_outputs_[index] = {input->second};
  }
  for (const std::size_t index : order_.layers) {
    const GraphLayer& layer = graph_.layers[index];
    if (!layer.is_input() || last_outputs_.contains(index)) continue;
    throw Error(ExitCode::kData, text("layer '", layer.name, "' is an input that is not among input_layers"));
  }
  const auto resolve = [&](const TensorReference& reference) {
    const auto found = tensors.find({reference.layer, reference.call, reference.index});
    if (found != tensors.end()) return found->second;
    throw Error(ExitCode::kData, text("layer '", reference.layer, "' has no output ", reference.index,
                                      " of call ", reference.call));
  };
  for (const GraphCall& call : order_.calls) {
    const GraphLayer& layer = graph_.layers[call.layer];
    const GraphUse& use = layer.calls[call.call];
    LayerInstance& instance = *instances_.at(call.layer);
    const auto outputs = instance.call(use, resolve);
    if (call.call + 1 == layer.calls.size()) last_outputs_[call.layer] = outputs;
    for (const TensorReference& given : use.tensors) {
      if (instance.clears_masks()) tensors[{given.layer, given.call, given.index}].mask = Model::kNoTensor;
    }
    for (std::size_t k = 0; k < outputs.size(); ++k) {
      tensors[{layer.name, static_cast<std::int64_t>(call.call), static_cast<std::int64_t>(k)}] = outputs[k];
    }
  }
  std::vector<MaskedTensor> outputs;
  for (const TensorReference& output : graph_.outputs) outputs.push_back(resolve(output));
  return outputs;
}

void GraphInstance::collect(std::vector<Model::LayerId>& layers) const {
  for (const std::size_t index : order_.layers) {
    const auto instance = instances_.find(index);
    if (instance != instances_.end()) instance->second->collect(layers);
  }
}

namespace {

/// The class that Keras makes of a file's: to_keras3 marks some of Keras 2's.
std::string shown_class(std::string_view name) {
  constexpr std::string_view kMark = "Keras2";
  if (name.starts_with(kMark)) name.remove_prefix(kMark.size());
  return std::string(name == "Model" ? "Functional" : python_class(name));
}

}  // namespace

std::vector<LayerSummary> GraphInstance::summaries() const {
  std::vector<LayerSummary> summaries;
  for (const std::size_t index : order_.layers) {
    const GraphLayer& layer = graph_.layers[index];
    if (layer.is_input() && graph_.sequential) continue;
    LayerSummary& summary = summaries.emplace_back();
    summary.name = layer.name;
    summary.class_name = shown_class(string_member(layer.object, "class_name"));
    for (const MaskedTensor& output : last_outputs_.at(index)) {
      const auto& tensor = context_.model.tensors()[static_cast<std::size_t>(output.value)];
      summary.output_shapes.push_back(tensor.sample_shape);
    }
    for (const GraphUse& use : layer.calls) {
      for (const TensorReference& tensor : use.tensors)
        summary.connected_to.push_back(text(tensor.layer, '[', tensor.call, "][", tensor.index, ']'));
    }
    if (layer.is_input()) continue;
    std::vector<Model::LayerId> ids;
    instances_.at(index)->collect(ids);
    for (const Model::LayerId id : ids) {
      for (const ParameterSpec& spec :
           context_.model.layers()[static_cast<std::size_t>(id)]->parameter_specs())
        summary.parameters += spec.shape.elements();
    }
  }
  return summaries;
}

namespace {

class NestedModel final : public LayerInstance {
 public:
  NestedModel(BuildContext& context, const GraphLayer& layer, const std::string& scope,
              const std::string& path)
      : layer_(layer), graph_(context, *layer.model, scope + layer.name + "/", path + "/") {}

  std::vector<MaskedTensor> call(
      const GraphUse& use, const std::function<MaskedTensor(const TensorReference&)>& resolve) override {
    std::vector<MaskedTensor> inputs;
    for (const TensorReference& tensor : use.tensors) inputs.push_back(resolve(tensor));
    if (inputs.size() != layer_.model->inputs.size()) {
      throw Error(ExitCode::kConfiguration,
                  text("the nested model '", layer_.name, "' has ", layer_.model->inputs.size(),
                       " inputs and is called with ", inputs.size()));
    }
    return graph_.call(inputs);
  }
  void collect(std::vector<Model::LayerId>& layers) const override { graph_.collect(layers); }

 private:
  const GraphLayer& layer_;
  GraphInstance graph_;
};

}  // namespace

std::unique_ptr<LayerInstance> make_nested_model(BuildContext& context, const GraphLayer& layer,
                                                 const std::string& scope, const std::string& path) {
  return std::make_unique<NestedModel>(context, layer, scope, path);
}

}  // namespace ktrain
