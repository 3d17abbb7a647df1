#include "ktrain/keras/architecture.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "core/text.h"
#include "io/durable_file.h"
#include "keras/activity_penalties.h"
#include "keras/graph.h"
#include "keras/graph_instance.h"
#include "keras/input_layer.h"
#include "keras/keras2.h"
#include "keras/output_logits.h"
#include "keras/registry.h"
#include "ktrain/core/error.h"
#include "ktrain/nn/layers/activation.h"

namespace ktrain {
namespace {

/// The layers whose class ktrain does not have, each with its name and class.
void find_unknown_layers(const Graph& graph, const std::string& scope, std::string& unknown) {
  for (const GraphLayer& layer : graph.layers) {
    if (layer.model) {
      find_unknown_layers(*layer.model, scope + layer.name + "/", unknown);
    } else if (is_distributed_model(layer.object)) {
      const Graph model = read_graph(layer.object["config"]["layer"]);
      find_unknown_layers(model, scope + layer.name + "/" + model.name + "/", unknown);
    } else if (!layer.is_input() && !is_known(layer.object)) {
      const std::string module = string_member(layer.object, "module");
      unknown += text(unknown.empty() ? "" : ", ", "'", scope, layer.name, "' (", module,
                      module.empty() ? "" : ".", string_member(layer.object, "class_name"), ")");
    }
  }
}

/// All of them in one error.
void require_known_layers(const Graph& graph) {
  std::string unknown;
  find_unknown_layers(graph, "", unknown);
  if (!unknown.empty()) {
    throw Error(ExitCode::kConfiguration, text("layers of classes that are not supported: ", unknown));
  }
}

MaskedTensor add_input(BuildContext& context, const Graph& graph, const TensorReference& input) {
  for (const GraphLayer& layer : graph.layers) {
    if (!layer.is_input() || layer.name != input.layer) continue;
    return {context.model.add_input(input.layer, read_input_layer(layer.object["config"], context.options))};
  }
  throw Error(ExitCode::kData, text("the model's input '", input.layer, "' is no InputLayer"));
}

/// Layers in Keras's order, which is that of the variables; behind them those that only ktrain has.
void order_layers(Model& model, const GraphInstance& instance) {
  std::vector<Model::LayerId> order;
  instance.collect(order);
  std::vector<bool> placed(model.layers().size());
  for (const Model::LayerId id : order) placed[static_cast<std::size_t>(id)] = true;
  for (std::size_t id = 0; id < placed.size(); ++id) {
    if (!placed[id]) order.push_back(static_cast<Model::LayerId>(id));
  }
  model.order_layers(order);
}

/// The batch size that the inputs fix, else 0.
std::int64_t batch_of(const Graph& graph) {
  for (const GraphLayer& layer : graph.layers) {
    if (!layer.is_input()) continue;
    if (const std::int64_t batch = fixed_batch(member(layer.object, "config")); batch > 0) return batch;
  }
  return 0;
}

void require_most_elements(const Model& model, std::int64_t most) {
  double elements = 0;
  for (const auto& layer : model.layers()) {
    for (const ParameterSpec& spec : layer->parameter_specs())
      elements += static_cast<double>(spec.shape.elements());
  }
  if (elements <= static_cast<double>(most)) return;
  throw Error(ExitCode::kConfiguration,
              text("the model's variables have ", elements, " numbers; there is room for ", most));
}

/// Puts the activations of the graph behind the outputs that end before theirs; gives what they are computed
/// from.
std::vector<Model::TensorId> add_last_activations(BuildContext& context, const Graph& graph,
                                                  std::vector<Model::TensorId>& outputs) {
  std::vector<Model::TensorId> logits(outputs.size(), Model::kNoTensor);
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    const auto found = context.options.logits.find(graph.outputs[i].layer);
    if (found == context.options.logits.end()) continue;
    logits[i] = outputs[i];
    outputs[i] = context.helpers.add("activation", logits[i], make_activation,
                                     ActivationOptions{{.kind = found->second}}, true);
    const MaskedTensor activity{outputs[i]};
    const auto layer = std::ranges::find(graph.layers, graph.outputs[i].layer, &GraphLayer::name);
    add_activity_penalties(layer->object, std::span(&activity, 1), context.helpers);
  }
  return logits;
}

/// Builds the model of a graph whose classes are all known.
Architecture build_model(const Graph& given, ArchitectureOptions options) {
  Graph changed;
  if (!options.logits.empty()) changed = without_last_activations(given, options.logits);
  const Graph& graph = options.logits.empty() ? given : changed;
  const std::int64_t batch = batch_of(graph);
  if (batch > 0) options.stateful_batch = batch;
  BuildContext context{Model(graph.name), options};
  GraphInstance instance(context, graph, "", "");
  std::vector<MaskedTensor> inputs;
  for (const TensorReference& input : graph.inputs) inputs.push_back(add_input(context, graph, input));
  std::vector<Model::TensorId> outputs, masks;
  for (const MaskedTensor& output : instance.call(inputs)) {
    outputs.push_back(output.value);
    masks.push_back(output.mask);
  }
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    const std::string& name = graph.outputs[i].layer;
    if (options.logits.contains(name) && masks[i] != Model::kNoTensor) require_no_mask(given, name);
  }
  auto logits = add_last_activations(context, given, outputs);
  context.model.set_outputs(outputs, masks);
  context.model.set_logits(std::move(logits));
  std::vector<std::string> names;
  for (const TensorReference& output : graph.outputs) names.push_back(output.layer);
  context.model.set_output_names(std::move(names));
  std::vector<LayerSummary> layers = instance.summaries();
  order_layers(context.model, instance);
  require_most_elements(context.model, options.most_elements);
  context.model.finish(options.seed);
  return {std::move(context.model), std::move(layers), batch, {}};
}

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
  Json json = parse_json(document, source);
  try {
    std::vector<std::string> notes = notes_on(json, source);
    const Graph graph = read_graph(to_keras3(std::move(json)));
    require_known_layers(graph);
    Architecture architecture = build_model(graph, options);
    architecture.notes = std::move(notes);
    return architecture;
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
