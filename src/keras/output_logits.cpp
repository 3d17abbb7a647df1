#include "keras/output_logits.h"

#include <algorithm>
#include <string_view>

#include "core/text.h"
#include "ktrain/core/error.h"

namespace ktrain {
namespace {

constexpr std::string_view kWithActivationAtTheEnd[] = {"Dense",  "EinsumDense", "Conv1D",
                                                        "Conv2D", "Conv3D",      "Activation"};

/// How often the graph takes a tensor of the layer.
std::ptrdiff_t uses_of(const Graph& graph, const std::string& layer) {
  const auto is_own = [&](const TensorReference& tensor) { return tensor.layer == layer; };
  std::ptrdiff_t uses = std::ranges::count_if(graph.outputs, is_own);
  for (const GraphLayer& other : graph.layers) {
    for (const GraphUse& use : other.calls) uses += std::ranges::count_if(use.tensors, is_own);
  }
  return uses;
}

bool is_over_last_axis(const Json& config) {
  const Json axis = config.value("axis", Json(-1));
  return axis == -1 || axis == Json::array({-1});
}

/// True when the layer ends in the activation; it then ends before it.
bool take_activation(Json& object, const std::string& activation) {
  const std::string class_name = string_member(object, "class_name");
  Json& config = object["config"];
  if (class_name == "Softmax" && activation == "softmax" && is_over_last_axis(config)) {
    object = {{"class_name", "Activation"}, {"config", {{"name", config["name"]}, {"activation", "linear"}}}};
    return true;
  }
  const bool known =
      std::ranges::find(kWithActivationAtTheEnd, class_name) != std::end(kWithActivationAtTheEnd);
  const bool channels_first = config.value("data_format", Json()) == "channels_first";
  if (!known || channels_first || config.value("activation", Json()) != activation) return false;
  config["activation"] = "linear";
  config["activity_regularizer"] = nullptr;  // of what the activation gives
  return true;
}

}  // namespace

Graph without_last_activations(Graph graph, const std::map<std::string, ActivationKind>& wanted) {
  for (GraphLayer& layer : graph.layers) {
    const auto found = wanted.find(layer.name);
    if (found == wanted.end()) continue;
    const std::string activation = found->second == ActivationKind::kSigmoid ? "sigmoid" : "softmax";
    const bool alone = uses_of(graph, layer.name) == 1;
    if (!layer.model && alone && take_activation(layer.object, activation)) continue;
    throw Error(ExitCode::kConfiguration,
                text("the output '", layer.name, "' (", string_member(layer.object, "class_name"),
                     ") does not end in a ", activation,
                     " that its cross-entropy could be fused with, in a layer that is used once"));
  }
  return graph;
}

void require_no_mask(const Graph& graph, const std::string& output) {
  for (const GraphLayer& layer : graph.layers) {
    if (layer.name != output || string_member(layer.object, "class_name") != "Softmax") continue;
    throw Error(
        ExitCode::kConfiguration,
        text("the output '", output, "' (Softmax) is masked: its cross-entropy cannot be fused with it"));
  }
}

}  // namespace ktrain
