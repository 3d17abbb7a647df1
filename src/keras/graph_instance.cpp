#include "keras/graph_instance.h"

#include <utility>

#include "core/check.h"
#include "core/text.h"
#include "keras/naming.h"
#include "ktrain/core/error.h"

namespace ktrain {

GraphInstance::GraphInstance(BuildContext& context, const Graph& graph, const std::string& scope,
                             const std::string& path)
    : graph_(graph), order_(order_as_keras(graph)) {
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
  const auto resolve = [&](const TensorReference& reference) {
    const auto found = tensors.find({reference.layer, reference.call, reference.index});
    if (found != tensors.end()) return found->second;
    throw Error(ExitCode::kData,
                text("layer '", reference.layer, "' has no output ", reference.index, " of call ",
                     reference.call, ", or is an input that is not among input_layers"));
  };
  for (const GraphCall& call : order_.calls) {
    const GraphLayer& layer = graph_.layers[call.layer];
    const GraphUse& use = layer.calls[call.call];
    LayerInstance& instance = *instances_.at(call.layer);
    const auto outputs = instance.call(use, resolve);
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
