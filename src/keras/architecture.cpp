#include "ktrain/keras/architecture.h"

#include <cstddef>
#include <map>
#include <utility>

#include "core/text.h"
#include "io/durable_file.h"
#include "keras/graph.h"
#include "keras/input_layer.h"
#include "keras/registry.h"
#include "ktrain/core/error.h"

namespace ktrain {
namespace {

/// All layers whose class ktrain does not have, in one error.
void require_known_layers(const Graph& graph) {
  std::string unknown;
  for (const GraphLayer& layer : graph.layers) {
    if (layer.is_input() || find_layer(layer.object)) continue;
    const std::string module = string_member(layer.object, "module");
    unknown += text(unknown.empty() ? "" : ", ", "'", layer.name, "' (", module, module.empty() ? "" : ".",
                    string_member(layer.object, "class_name"), ")");
  }
  if (!unknown.empty()) {
    throw Error(ExitCode::kConfiguration, text("layers of classes that are not supported: ", unknown));
  }
}

/// Builds the model of a graph whose classes are all known.
class Builder {
 public:
  Builder(const Graph& graph, const ArchitectureOptions& options)
      : graph_(graph), options_(options), model_(graph.name) {}

  Model build() {
    const GraphOrder order = order_as_keras(graph_);
    add_inputs();
    for (const std::size_t layer : order.layers) {
      if (!graph_.layers[layer].is_input())
        ids_[layer] = model_.add_layer(make_layer(graph_.layers[layer].object, options_));
    }
    for (const GraphCall& call : order.calls) {
      const GraphLayer& layer = graph_.layers[call.layer];
      tensors_[{layer.name, call.call}] =
          model_.call(ids_[call.layer], tensors(layer.calls[call.call])).front();
    }
    model_.set_outputs(tensors(graph_.outputs));
    model_.finish(options_.seed);
    return std::move(model_);
  }

 private:
  void add_inputs() {
    for (const TensorReference& input : graph_.inputs) {
      const GraphLayer* found = nullptr;
      for (const GraphLayer& layer : graph_.layers) {
        if (layer.is_input() && layer.name == input.layer) found = &layer;
      }
      if (!found)
        throw Error(ExitCode::kData, text("the model's input '", input.layer, "' is no InputLayer"));
      tensors_[{input.layer, 0}] = model_.add_input(input.layer, read_input_layer(found->object["config"]));
    }
  }

  std::vector<Model::TensorId> tensors(const std::vector<TensorReference>& references) const {
    std::vector<Model::TensorId> ids;
    for (const TensorReference& reference : references) {
      const auto found = tensors_.find({reference.layer, static_cast<std::size_t>(reference.call)});
      if (found == tensors_.end()) {
        throw Error(ExitCode::kData, text("the input '", reference.layer, "' is not among input_layers"));
      }
      ids.push_back(found->second);
    }
    return ids;
  }

  const Graph& graph_;
  ArchitectureOptions options_;
  Model model_;
  std::map<std::size_t, Model::LayerId> ids_;
  std::map<std::pair<std::string, std::size_t>, Model::TensorId> tensors_;
};

std::vector<std::string> notes_on(const Json& json, const std::string& source) {
  const Json& compiled = member(json, "compile_config");
  if (!compiled.is_object() || compiled.empty()) return {};
  return {text(source, ": the model was compiled (optimizer ",
               brief(member(member(compiled, "optimizer"), "class_name")), ", loss ",
               brief(member(compiled, "loss")), "); this run's options are used instead")};
}

}  // namespace

Architecture architecture_from_json(std::string_view document, const ArchitectureOptions& options,
                                    const std::string& source) {
  const Json json = parse_json(document, source);
  try {
    const Graph graph = read_graph(json);
    require_known_layers(graph);
    return {Builder(graph, options).build(), notes_on(json, source)};
  } catch (const Error& error) {
    throw Error(error.code(), text(source, ": ", error.what()));
  } catch (const Json::exception& error) {
    throw Error(ExitCode::kData, text(source, ": not a Keras model: ", error.what()));
  }
}

Architecture load_architecture(const std::string& file, const ArchitectureOptions& options) {
  const std::vector<std::byte> bytes = read_file(file);
  return architecture_from_json({reinterpret_cast<const char*>(bytes.data()), bytes.size()}, options, file);
}

}  // namespace ktrain
