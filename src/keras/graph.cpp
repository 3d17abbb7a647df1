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

/// The tensors in an argument of a call: one, or lists of them at any depth.
void collect_tensors(const Json& argument, const std::string& layer, std::vector<TensorReference>& tensors) {
  if (argument.is_array()) {
    for (const Json& item : argument) collect_tensors(item, layer, tensors);
    return;
  }
  const Json& history = member(member(argument, "config"), "keras_history");
  if (string_member(argument, "class_name") != "__keras_tensor__" || !is_history(history)) {
    not_supported(
        text("layer '", layer, "' is called with ", brief(argument), ", which is no layer's output"));
  }
  tensors.push_back(reference(history));
}

/// Keyword arguments: Keras up to 3.15 records a call's defaults (`training` false, `mask` null), which say
/// nothing; the tensor itself may come by its keyword.
void read_keywords(const Json& keywords, const std::string& layer, std::vector<TensorReference>& tensors) {
  if (!keywords.is_object()) return;
  for (const auto& [key, value] : keywords.items()) {
    if (key == "inputs") {
      collect_tensors(value, layer, tensors);
    } else if (!value.is_null() && !(key == "training" && value == false)) {
      not_supported(
          text("layer '", layer, "' is called with ", key, "=", brief(value), ", which is not supported"));
    }
  }
}

std::vector<TensorReference> read_call(const Json& call, const std::string& layer) {
  const Json& arguments = member(call, "args");
  if (!arguments.is_array()) {
    refuse(text("layer '", layer, "': inbound_nodes are not in Keras 3's form (args and kwargs)"));
  }
  std::vector<TensorReference> tensors;
  collect_tensors(arguments, layer, tensors);
  read_keywords(member(call, "kwargs"), layer, tensors);
  if (tensors.empty()) refuse(text("layer '", layer, "' is called without an input"));
  return tensors;
}

GraphLayer read_functional_layer(const Json& layer) {
  GraphLayer read{name_of_layer(layer), layer, {}};
  const Json& calls = member(layer, "inbound_nodes");
  if (!calls.is_array()) refuse(text("layer '", read.name, "' has no inbound_nodes"));
  if (read.is_input() != calls.empty()) refuse(text("layer '", read.name, "' is never called"));
  for (const Json& call : calls) read.calls.push_back(read_call(call, read.name));
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

}  // namespace

Graph read_sequential(const Json& config) {
  const Json& layers = layer_list(config);
  Graph graph{string_member(config, "name"), {}, {}, {}};
  if (layers.front()["class_name"] != "InputLayer") {
    graph.layers.push_back({"input_layer", implied_input(config), {}});
  }
  for (const Json& layer : layers) {
    GraphLayer read{name_of_layer(layer), layer, {}};
    if (!graph.layers.empty()) read.calls.push_back({{graph.layers.back().name, 0, 0}});
    graph.layers.push_back(std::move(read));
  }
  graph.inputs.push_back({graph.layers.front().name, 0, 0});
  graph.outputs.push_back({graph.layers.back().name, 0, 0});
  return graph;
}

Graph read_functional(const Json& config) {
  Graph graph{string_member(config, "name"), {}, {}, {}};
  for (const Json& layer : layer_list(config)) graph.layers.push_back(read_functional_layer(layer));
  graph.inputs = read_ends(config, "input_layers");
  graph.outputs = read_ends(config, "output_layers");
  return graph;
}

Graph read_graph(const Json& model) {
  const std::string class_name = string_member(model, "class_name");
  const Json& config = member(model, "config");
  if (class_name.empty() || !config.is_object()) {
    refuse("not a Keras model: it has no class_name and config, as model.to_json() writes them");
  }
  if (class_name == "Sequential") return read_sequential(config);
  if (class_name == "Functional") return read_functional(config);
  not_supported(text("a model of class ", class_name, " is not supported, only Sequential and Functional"));
}

}  // namespace ktrain
