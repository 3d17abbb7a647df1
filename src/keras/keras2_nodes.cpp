#include "keras/keras2_nodes.h"

#include <set>
#include <string>

#include "core/text.h"
#include "keras/graph.h"
#include "ktrain/core/error.h"

namespace ktrain {
namespace {

/// Layers that are called with one tensor and a list of states beside it.
bool is_recurrent(const std::string& class_name) {
  return class_name == "SimpleRNN" || class_name == "LSTM" || class_name == "GRU" || class_name == "RNN" ||
         class_name == "Bidirectional" || class_name == "ConvLSTM2D";
}

class NodeConverter {
 public:
  explicit NodeConverter(Json& config) : config_(config) {
    for (const Json& layer : config["layers"]) {
      if (counts_from_one(layer)) nested_.insert(name_of(layer));
    }
  }

  void convert() {
    bool any = false;
    for (Json& layer : config_["layers"]) {
      const auto nodes = layer.find("inbound_nodes");
      if (nodes == layer.end() || !nodes->is_array()) continue;
      for (Json& node : *nodes) {
        if (!node.is_array()) continue;
        node = converted(node, string_member(layer, "class_name"));
        any = true;
      }
    }
    if (any) convert_outputs(config_["output_layers"]);
  }

 private:
  static std::string name_of(const Json& layer) { return string_member(member(layer, "config"), "name"); }

  /// Nested Functional models, and Sequential ones that begin with an InputLayer.
  static bool counts_from_one(const Json& layer) {
    if (!is_model(layer)) return false;
    const Json& layers = layer["config"]["layers"];
    return layer["class_name"] != "Sequential" ||
           (!layers.empty() && string_member(layers[0], "class_name") == "InputLayer");
  }

  static bool is_reference(const Json& value) {
    return value.is_array() && (value.size() == 3 || value.size() == 4) && value[0].is_string() &&
           value[1].is_number_integer() && value[2].is_number_integer();
  }

  Json tensor(const Json& reference) const {
    const std::string layer = reference[0].get<std::string>();
    std::int64_t call = reference[1].get<std::int64_t>();
    if (call > 0 && nested_.contains(layer)) --call;
    return tensor_argument({layer, call, reference[2].get<std::int64_t>()});
  }

  /// Keyword arguments may hold references at any depth.
  Json with_tensors(const Json& value) const {
    if (is_reference(value)) return tensor(value);
    if (!value.is_structured()) return value;
    Json converted = value;
    for (Json& item : converted) item = with_tensors(item);
    return converted;
  }

  Json converted(const Json& node, const std::string& class_name) const {
    Json tensors = Json::array(), keywords = Json::object();
    // One tensor alone may stand without its list.
    for (const Json& input : is_reference(node) ? Json::array({node}) : node) {
      if (!is_reference(input)) {
        throw Error(ExitCode::kConfiguration,
                    text("a layer of class ", class_name, " is called with ", brief(input),
                         ", a form of Keras 2 that is not supported"));
      }
      tensors.push_back(tensor(input));
      if (input.size() < 4 || !input[3].is_object()) continue;
      for (const auto& [key, value] : input[3].items()) keywords[key] = with_tensors(value);
    }
    if (is_recurrent(class_name) && tensors.size() > 1) {
      for (std::size_t i = 1; i < tensors.size(); ++i) keywords["initial_state"].push_back(tensors[i]);
      tensors = Json::array({tensors[0]});
    }
    const Json argument = tensors.size() == 1 ? tensors[0] : tensors;
    return {{"args", Json::array({argument})}, {"kwargs", keywords}};
  }

  /// Keras 3 counts from 1 here too, but for nested Sequential models.
  void convert_outputs(Json& outputs) const {
    if (is_reference(outputs)) {
      for (const Json& layer : config_["layers"]) {
        const bool sequential = counts_from_one(layer) && layer["class_name"] == "Sequential";
        if (sequential && name_of(layer) == outputs[0].get<std::string>() && outputs[1] > 0)
          outputs[1] = outputs[1].get<int>() - 1;
      }
    } else if (outputs.is_structured()) {
      for (Json& output : outputs) convert_outputs(output);
    }
  }

  Json& config_;
  std::set<std::string> nested_;
};

}  // namespace

void convert_nodes(Json& config) {
  NodeConverter(config).convert();
}

}  // namespace ktrain
