#include <algorithm>
#include <functional>
#include <map>

#include "core/text.h"
#include "keras/graph.h"
#include "ktrain/core/error.h"

namespace ktrain {
namespace {

[[noreturn]] void refuse(const std::string& message) {
  throw Error(ExitCode::kData, message);
}

/// Every call of every layer as a numbered node; an input layer is one node without inputs.
class Nodes {
 public:
  explicit Nodes(const Graph& graph) : graph_(graph) {
    for (std::size_t layer = 0; layer < graph.layers.size(); ++layer) {
      const GraphLayer& one = graph.layers[layer];
      if (!layers_.emplace(one.name, layer).second) refuse(text("two layers have the name '", one.name, "'"));
      first_.push_back(calls_.size());
      const std::size_t count = one.is_input() ? 1 : one.calls.size();
      for (std::size_t call = 0; call < count; ++call) calls_.push_back({layer, call});
    }
    first_.push_back(calls_.size());
    for (const GraphCall& call : calls_) inputs_.push_back(inputs_of(call));
  }

  std::size_t size() const { return calls_.size(); }
  const GraphCall& call(std::size_t node) const { return calls_[node]; }
  const std::vector<std::size_t>& inputs(std::size_t node) const { return inputs_[node]; }
  std::size_t layer(std::size_t node) const { return calls_[node].layer; }
  const std::string& name(std::size_t node) const { return graph_.layers[layer(node)].name; }

  std::size_t find(const TensorReference& tensor) const {
    const auto layer = layers_.find(tensor.layer);
    if (layer == layers_.end()) refuse(text("there is no layer '", tensor.layer, "'"));
    const std::size_t count = first_[layer->second + 1] - first_[layer->second];
    const auto call = static_cast<std::size_t>(tensor.call);
    if (call >= count || tensor.index < 0) {
      refuse(text("layer '", tensor.layer, "' has no output ", tensor.index, " of call ", tensor.call));
    }
    return first_[layer->second] + call;
  }

 private:
  std::vector<std::size_t> inputs_of(const GraphCall& call) const {
    std::vector<std::size_t> nodes;
    const GraphLayer& layer = graph_.layers[call.layer];
    if (layer.is_input()) return nodes;
    for (const TensorReference& tensor : layer.calls[call.call].tensors) nodes.push_back(find(tensor));
    return nodes;
  }

  const Graph& graph_;
  std::map<std::string, std::size_t> layers_;
  std::vector<GraphCall> calls_;
  std::vector<std::size_t> first_;
  std::vector<std::vector<std::size_t>> inputs_;
};

/// Walks from the outputs to the inputs. With a stack of its own: a graph may be deeper than the machine's.
class Walk {
 public:
  Walk(const Nodes& nodes, std::size_t layers) : nodes_(nodes), met_(layers, kUnmet), state_(nodes.size()) {}

  void from(std::size_t output) {
    enter(output);
    while (!stack_.empty()) {
      Step& step = stack_.back();
      const auto& inputs = nodes_.inputs(step.node);
      if (step.next < inputs.size()) {
        enter(inputs[step.next++]);
      } else {
        state_[step.node] = State::kDone;
        finished_.push_back(step.node);
        stack_.pop_back();
      }
    }
  }

  /// Nodes in the order in which they were left: each after its inputs.
  const std::vector<std::size_t>& finished() const { return finished_; }
  /// When the walk first met a layer; -1 if never.
  int met(std::size_t layer) const { return met_[layer]; }
  static constexpr int kUnmet = -1;

 private:
  enum class State { kNew, kOpen, kDone };
  struct Step {
    std::size_t node;
    std::size_t next;
  };

  void enter(std::size_t node) {
    if (state_[node] == State::kOpen) refuse(text("layer '", nodes_.name(node), "' is its own input"));
    if (state_[node] == State::kDone) return;
    state_[node] = State::kOpen;
    int& met = met_[nodes_.layer(node)];
    if (met == kUnmet) met = layers_met_++;
    stack_.push_back({node, 0});
  }

  const Nodes& nodes_;
  std::vector<int> met_;
  std::vector<State> state_;
  std::vector<Step> stack_;
  std::vector<std::size_t> finished_;
  int layers_met_ = 0;
};

/// How far each layer is from the outputs, over its farthest call, and each call; and the calls in the order
/// in which this was first asked, from the outputs back.
struct Depths {
  std::vector<int> of_layer;
  std::vector<int> of_node;
  std::vector<std::size_t> nodes;
};

Depths depths(const Nodes& nodes, const std::vector<std::size_t>& finished, std::size_t layers) {
  Depths depths{std::vector<int>(layers), std::vector<int>(nodes.size()), {}};
  std::vector<bool> listed(nodes.size());
  const auto list = [&](std::size_t node) {
    if (!listed[node]) depths.nodes.push_back(node);
    listed[node] = true;
  };
  for (auto node = finished.rbegin(); node != finished.rend(); ++node) {
    list(*node);
    int& depth = depths.of_layer[nodes.layer(*node)];
    depth = depths.of_node[*node] = std::max(depth, depths.of_node[*node]);
    for (const std::size_t input : nodes.inputs(*node)) {
      list(input);
      depths.of_node[input] = std::max(depths.of_node[input], depth + 1);
    }
  }
  return depths;
}

void require_all_needed(const Graph& graph, const Nodes& nodes, const std::vector<std::size_t>& finished) {
  std::vector<bool> needed(nodes.size());
  for (const std::size_t node : finished) needed[node] = true;
  for (std::size_t node = 0; node < nodes.size(); ++node) {
    if (needed[node] || graph.layers[nodes.layer(node)].is_input()) continue;
    refuse(text("no output needs call ", nodes.call(node).call, " of layer '", nodes.name(node), "'"));
  }
}

}  // namespace

GraphOrder order_as_keras(const Graph& graph) {
  const Nodes nodes(graph);
  Walk walk(nodes, graph.layers.size());
  for (const TensorReference& output : graph.outputs) walk.from(nodes.find(output));
  require_all_needed(graph, nodes, walk.finished());

  GraphOrder order;
  Depths depth = depths(nodes, walk.finished(), graph.layers.size());
  for (std::size_t layer = 0; layer < graph.layers.size(); ++layer) {
    if (graph.layers[layer].is_input() || !graph.layers[layer].calls.empty()) order.layers.push_back(layer);
  }
  std::stable_sort(order.layers.begin(), order.layers.end(), [&](std::size_t a, std::size_t b) {
    const int of_a = depth.of_layer[a], of_b = depth.of_layer[b];
    return of_a != of_b ? of_a > of_b : walk.met(a) < walk.met(b);
  });
  std::ranges::stable_sort(depth.nodes, std::greater(),
                           [&](std::size_t node) { return depth.of_node[node]; });
  for (const std::size_t node : depth.nodes) {
    if (!graph.layers[nodes.layer(node)].is_input()) order.calls.push_back(nodes.call(node));
  }
  return order;
}

}  // namespace ktrain
