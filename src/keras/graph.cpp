#include "keras/graph.h"

#include <utility>

#include "core/text.h"
#include "ktrain/core/error.h"

namespace ktrain {
namespace {

[[noreturn]] void refuse(const std::string& message) {
  throw Error(ExitCode::kData, message);
}

[[noreturn]] void not_supported(const std::string& message) {
  throw Error(ExitCode::kConfiguration, message);
}

/// The list at config["layers"], each entry an object that names its class and has arguments.
const Json& layer_list(const Json& config) {
  const Json& layers = member(config, "layers");
  if (!layers.is_array() || layers.empty()) refuse("not a Keras model: config.layers is no list of layers");
  for (const Json& layer : layers) {
    if (string_member(layer, "class_name").empty() || !member(layer, "config").is_object()) {
      refuse(text("not a Keras model: ", brief(layer), " is no layer"));
    }
  }
  return layers;
}

std::string name_of_layer(const Json& layer) {
  std::string name = string_member(member(layer, "config"), "name");
  if (name.empty()) refuse(text("a layer of class ", string_member(layer, "class_name"), " has no name"));
  return name;
}

/// [layer, call, index]
bool is_history(const Json& value) {
  return value.is_array() && value.size() == 3 && value[0].is_string() && value[1].is_number_integer() &&
         value[2].is_number_integer();
}

TensorReference reference(const Json& history) {
  return {history[0].get<std::string>(), history[1].get<std::int64_t>(), history[2].get<std::int64_t>()};
}

/// The tensors in an argument of a call: itself, or in lists and objects at any depth (in the order of the
/// sorted keys).
void collect_tensors(const Json& argument, std::vector<TensorReference>& tensors) {
  if (const auto tensor = tensor_of(argument)) {
    tensors.push_back(*tensor);
  } else if (argument.is_structured()) {
    for (const Json& item : argument) collect_tensors(item, tensors);
  }
}

/// Without what Keras records and does not use: masks that are null, and `training`, in whose place the model
/// hands every layer whether it trains.
Json keywords_that_count(const Json& keywords) {
  Json kept = Json::object();
  if (!keywords.is_object()) return kept;
  for (const auto& [key, value] : keywords.items()) {
    if (!value.is_null() && key != "training") kept[key] = value;
  }
  return kept;
}

GraphUse read_use(const Json& call, const std::string& layer) {
  GraphUse use{member(call, "args"), keywords_that_count(member(call, "kwargs"))};
  if (!use.arguments.is_array()) {
    refuse(text("layer '", layer, "': inbound_nodes are not in Keras 3's form (args and kwargs)"));
  }
  collect_tensors(use.arguments, use.tensors);
  collect_tensors(use.keywords, use.tensors);
  if (use.tensors.empty()) refuse(text("layer '", layer, "' is called without an input"));
  return use;
}

GraphUse use_of(const TensorReference& tensor) {
  return {Json::array({tensor_argument(tensor)}), Json::object(), {tensor}};
}

GraphLayer read_layer(const Json& layer) {
  GraphLayer read{name_of_layer(layer), layer, {}};
  if (is_model(layer)) read.model = std::make_shared<const Graph>(read_graph(layer));
  return read;
}

GraphLayer read_functional_layer(const Json& layer) {
  GraphLayer read = read_layer(layer);
  const Json& calls = member(layer, "inbound_nodes");
  if (!calls.is_array()) refuse(text("layer '", read.name, "' has no inbound_nodes"));
  if (read.is_input() != calls.empty()) refuse(text("layer '", read.name, "' is never called"));
  for (const Json& call : calls) read.calls.push_back(read_use(call, read.name));
  return read;
}

/// input_layers or output_layers: one [layer, call, index], or such in lists and objects (in the order of the
/// sorted keys).
void collect_ends(const Json& value, std::vector<TensorReference>& ends) {
  if (is_history(value)) {
    ends.push_back(reference(value));
  } else if (value.is_structured()) {
    for (const Json& item : value) collect_ends(item, ends);
  } else {
    refuse(text("not a Keras model: ", brief(value), " among input_layers and output_layers"));
  }
}

std::vector<TensorReference> read_ends(const Json& config, const char* key) {
  std::vector<TensorReference> ends;
  collect_ends(member(config, key), ends);
  if (ends.empty()) refuse(text("not a Keras model: ", key, " is empty"));
  return ends;
}

/// A Sequential without an InputLayer has its input shape beside the layers.
Json implied_input(const Json& config) {
  const Json& shape = member(config, "build_input_shape");
  if (shape.is_null()) not_supported("the model does not say its input shape: build it before to_json()");
  return {{"module", "keras.layers"},
          {"class_name", "InputLayer"},
          {"config", {{"name", "input_layer"}, {"batch_shape", shape}}}};
}

Graph read_sequential(const Json& config) {
  const Json& layers = layer_list(config);
  Graph graph{string_member(config, "name"), {}, {}, {}, true};
  if (layers.front()["class_name"] != "InputLayer") {
    graph.layers.push_back({"input_layer", implied_input(config), {}});
  }
  for (const Json& layer : layers) {
    GraphLayer read = read_layer(layer);
    if (!graph.layers.empty()) read.calls.push_back(use_of({graph.layers.back().name, 0, 0}));
    graph.layers.push_back(std::move(read));
  }
  graph.inputs.push_back({graph.layers.front().name, 0, 0});
  graph.outputs.push_back({graph.layers.back().name, 0, 0});
  return graph;
}

/// Among the outputs, and only there, the calls of a nested Functional model are counted from 1: its own
/// inputs count as call 0.
void count_from_first_call(const Graph& graph, TensorReference& output) {
  for (const GraphLayer& layer : graph.layers) {
    const bool nested = layer.model && layer.object["class_name"] != "Sequential";
    if (nested && layer.name == output.layer && output.call > 0) --output.call;
  }
}

Graph read_functional(const Json& config) {
  Graph graph{string_member(config, "name"), {}, {}, {}};
  for (const Json& layer : layer_list(config)) graph.layers.push_back(read_functional_layer(layer));
  graph.inputs = read_ends(config, "input_layers");
  graph.outputs = read_ends(config, "output_layers");
  for (TensorReference& output : graph.outputs) count_from_first_call(graph, output);
  return graph;
}

}  // namespace

bool is_model(const Json& object) {
  const std::string class_name = string_member(object, "class_name");
  const bool model = class_name == "Sequential" || class_name == "Functional" || class_name == "Model";
  return model && member(member(object, "config"), "layers").is_array();
}

bool is_distributed_model(const Json& object) {
  return string_member(object, "class_name") == "TimeDistributed" &&
         is_model(member(member(object, "config"), "layer"));
}

std::optional<TensorReference> tensor_of(const Json& argument) {
  const Json& history = member(member(argument, "config"), "keras_history");
  if (string_member(argument, "class_name") != "__keras_tensor__" || !is_history(history))
    return std::nullopt;
  return reference(history);
}

Json tensor_argument(const TensorReference& tensor) {
  return {{"class_name", "__keras_tensor__"},
          {"config",
           {{"shape", Json::array({nullptr})},
            {"dtype", "float32"},
            {"keras_history", {tensor.layer, tensor.call, tensor.index}}}}};
}

Graph read_graph(const Json& model) {
  const std::string class_name = string_member(model, "class_name");
  const Json& config = member(model, "config");
  if (class_name.empty() || !config.is_object()) {
    refuse("not a Keras model: it has no class_name and config, as model.to_json() writes them");
  }
  if (class_name == "Sequential") return read_sequential(config);
  if (class_name == "Functional" || class_name == "Model") return read_functional(config);
  not_supported(text("a model of class ", class_name, " is not supported, only Sequential and Functional"));
}

}  // namespace ktrain
