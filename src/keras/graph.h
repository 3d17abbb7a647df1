#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "keras/json.h"

namespace ktrain {

/// A tensor of a Keras model: output `index` of the `call`-th use of a layer (keras_history).
struct TensorReference {
  std::string layer;
  std::int64_t call = 0;
  std::int64_t index = 0;
};

/// One use of a layer: the arguments of its `call`, tensors among them as {"class_name": "__keras_tensor__",
/// …}.
struct GraphUse {
  Json arguments = Json::array();             ///< by position
  Json keywords = Json::object();             ///< without those that say nothing
  std::vector<TensorReference> tensors = {};  ///< all that occur, in Keras's order
};

struct Graph;

/// One layer of a Keras model with its uses. An InputLayer has none.
struct GraphLayer {
  std::string name;
  Json object;  ///< module, class_name, config, …
  std::vector<GraphUse> calls;
  std::shared_ptr<const Graph> model = nullptr;  ///< of a layer that is a model itself
  bool is_input() const { return object["class_name"] == "InputLayer"; }
};

/// A Sequential or Functional model as Keras describes it, before any layer is made.
struct Graph {
  std::string name;
  std::vector<GraphLayer> layers;
  std::vector<TensorReference> inputs;
  std::vector<TensorReference> outputs;
  bool sequential = false;
};

/// The graph of a parsed to_json(), its layers as the file lists them, nested models in them. Throws
/// Error{kData} when it is not a Keras model, kConfiguration for a subclassed one.
Graph read_graph(const Json& model);

/// True for a serialized Sequential or Functional model.
bool is_model(const Json& object);

/// True for a TimeDistributed of such a model.
bool is_distributed_model(const Json& object);

/// The tensor that a serialized argument is; nothing for a literal.
std::optional<TensorReference> tensor_of(const Json& argument);

/// A tensor as an argument, as tensor_of reads it.
Json tensor_argument(const TensorReference& tensor);

/// The use of a layer: its place in Graph::layers and in GraphLayer::calls.
struct GraphCall {
  std::size_t layer = 0;
  std::size_t call = 0;
};

/// What Keras derives from a graph when it builds the model, whatever the order in the file.
struct GraphOrder {
  /// Graph::layers in the order of `model.layers`, which is that of the variables and of weight paths.
  std::vector<std::size_t> layers;
  /// Every call, input layers' left out, in the order in which Keras runs them: by depth, too, and of one
  /// depth as they are met from the last output back.
  std::vector<GraphCall> calls;
};

/// Keras's order (keras.src.ops.function.map_graph): layers by depth, which counts from the outputs, and
/// layers of one depth as a walk from the outputs first meets them. Throws Error{kData} for a reference to
/// what does not exist, a cycle, and a call that no output needs.
GraphOrder order_as_keras(const Graph& graph);

}  // namespace ktrain
