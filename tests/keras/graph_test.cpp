#include "keras/graph.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "support/expect_error.h"

namespace ktrain {
namespace {

using testing::expect_error;
using Calls = std::vector<std::vector<TensorReference>>;

GraphLayer layer(const std::string& name, const Calls& calls) {
  GraphLayer layer{name, Json{{"class_name", calls.empty() ? "InputLayer" : "Dense"}}, {}};
  for (const auto& tensors : calls) layer.calls.push_back({.tensors = tensors});
  return layer;
}

/// Two branches of unequal length, a layer shared between two depths, two outputs, an unused input.
Graph branches() {
  Graph graph;
  graph.layers = {layer("a", {}),
                  layer("u", {}),
                  layer("b", {}),
                  layer("side", {{{"shared", 0, 0}}}),
                  layer("cat", {{{"sum", 0, 0}, {"p", 0, 0}, {"a", 0, 0}}}),
                  layer("shared", {{{"a", 0, 0}}, {{"q", 0, 0}}}),
                  layer("main", {{{"cat", 0, 0}}}),
                  layer("q", {{{"p", 0, 0}}}),
                  layer("sum", {{{"shared", 1, 0}, {"shared", 0, 0}}}),
                  layer("p", {{{"b", 0, 0}}})};
  graph.inputs = {{"a", 0, 0}, {"b", 0, 0}, {"u", 0, 0}};
  graph.outputs = {{"main", 0, 0}, {"side", 0, 0}};
  return graph;
}

std::vector<std::string> layer_names(const Graph& graph) {
  std::vector<std::string> names;
  for (const std::size_t index : order_as_keras(graph).layers) names.push_back(graph.layers[index].name);
  return names;
}

// Expected: [layer.name for layer in model.layers] of the same model in Keras 3.15.
TEST(GraphOrder, IsKerasWhateverTheOrderInTheFile) {
  const std::vector<std::string> keras = {"b", "p", "q", "a", "shared", "sum", "cat", "u", "main", "side"};
  Graph graph = branches();
  EXPECT_EQ(layer_names(graph), keras);
  std::reverse(graph.layers.begin(), graph.layers.end());
  EXPECT_EQ(layer_names(graph), keras);
  std::rotate(graph.layers.begin(), graph.layers.begin() + 4, graph.layers.end());
  EXPECT_EQ(layer_names(graph), keras);
}

TEST(GraphOrder, CallsComeAfterTheirInputs) {
  const Graph graph = branches();
  std::map<std::pair<std::string, std::int64_t>, bool> known;
  for (const TensorReference& input : graph.inputs) known[{input.layer, 0}] = true;
  const GraphOrder order = order_as_keras(graph);
  EXPECT_EQ(order.calls.size(), 8U);
  for (const GraphCall& call : order.calls) {
    const GraphLayer& one = graph.layers[call.layer];
    for (const TensorReference& input : one.calls[call.call].tensors) {
      EXPECT_TRUE((known[{input.layer, input.call}])) << one.name << " before " << input.layer;
    }
    known[{one.name, static_cast<std::int64_t>(call.call)}] = true;
  }
}

TEST(GraphOrder, TakesGraphsDeeperThanTheStack) {
  Graph graph;
  graph.layers = {layer("0", {})};
  for (int i = 1; i <= 100'000; ++i) {
    graph.layers.push_back(layer(std::to_string(i), {{{std::to_string(i - 1), 0, 0}}}));
  }
  graph.inputs = {{"0", 0, 0}};
  graph.outputs = {{"100000", 0, 0}};
  EXPECT_EQ(order_as_keras(graph).calls.size(), 100'000U);
}

TEST(GraphOrder, RefusesWhatIsNoGraph) {
  const auto refuses = [](auto change, const std::string& reason) {
    Graph graph = branches();
    change(graph);
    expect_error(
        ExitCode::kData, [&] { order_as_keras(graph); }, reason);
  };
  refuses([](Graph& g) { g.outputs[1].layer = "nobody"; }, "'nobody'");
  refuses([](Graph& g) { g.outputs[1].call = 7; }, "call 7");
  refuses([](Graph& g) { g.outputs.pop_back(); }, "'side'");
  refuses([](Graph& g) { g.layers.back().calls[0].tensors[0].layer = "sum"; }, "its own input");
  refuses([](Graph& g) { g.layers.push_back(g.layers.back()); }, "two layers have the name 'p'");
}

Json tensor(const char* name, int call = 0) {
  return {{"class_name", "__keras_tensor__"},
          {"config", {{"shape", {nullptr, 4}}, {"keras_history", {name, call, 0}}}}};
}

Json functional_layer(const char* name, const Json& arguments, const Json& keywords = Json::object()) {
  return {{"class_name", "Dense"},
          {"config", {{"name", name}}},
          {"inbound_nodes", Json::array({{{"args", arguments}, {"kwargs", keywords}}})}};
}

Json functional(const Json& layer) {
  const Json input = {
      {"class_name", "InputLayer"}, {"config", {{"name", "x"}}}, {"inbound_nodes", Json::array()}};
  return {{"class_name", "Functional"},
          {"config",
           {{"name", "m"},
            {"layers", Json::array({input, layer})},
            {"input_layers", Json::array({Json::array({"x", 0, 0})})},
            {"output_layers", {"y", 0, 0}}}}};
}

TEST(ReadGraph, FindsTensorsInArgumentsAndListsAndKeywords) {
  const Json list = Json::array({Json::array({tensor("x"), tensor("x", 1)})});
  const Graph merged = read_graph(functional(functional_layer("y", list)));
  ASSERT_EQ(merged.layers[1].calls.at(0).tensors.size(), 2U);
  EXPECT_EQ(merged.layers[1].calls[0].tensors[1].call, 1);
  EXPECT_EQ(merged.outputs.at(0).layer, "y");

  const Graph keyword =
      read_graph(functional(functional_layer("y", Json::array(), {{"inputs", tensor("x")}})));
  EXPECT_EQ(keyword.layers[1].calls.at(0).tensors.at(0).layer, "x");
}

// Keras records them in calls and does not use them: Dropout(0.5)(x, training=True) drops nothing in predict.
TEST(ReadGraph, TrainingAndMaskNullAreNothing) {
  for (const bool training : {false, true}) {
    const Json keywords = {{"training", training}, {"mask", nullptr}};
    const Graph graph = read_graph(functional(functional_layer("y", Json::array({tensor("x")}), keywords)));
    EXPECT_TRUE(graph.layers.at(1).calls.at(0).keywords.empty());
  }
}

TEST(ReadGraph, RefusesOtherCalls) {
  const auto refuses = [](ExitCode code, const Json& layer, const std::string& reason) {
    expect_error(
        code, [&] { read_graph(functional(layer)); }, "'y'", reason);
  };
  const Json x = Json::array({tensor("x")});
  refuses(ExitCode::kData, functional_layer("y", Json::array()), "without an input");
  Json keras2 = functional_layer("y", x);
  keras2["inbound_nodes"] = Json::parse(R"([[["x", 0, 0, {}]]])");
  refuses(ExitCode::kData, keras2, "Keras 3's form");
}

TEST(ReadGraph, DictionariesOfOutputsAreInTheOrderOfTheirKeys) {
  Json model = functional(functional_layer("y", Json::array({tensor("x")})));
  model["config"]["output_layers"] = {{"r", {"x", 0, 0}}, {"q", {"y", 0, 0}}};
  const Graph graph = read_graph(model);
  ASSERT_EQ(graph.outputs.size(), 2U);
  EXPECT_EQ(graph.outputs[0].layer, "y");
}

TEST(ReadGraph, RefusesWhatIsNoModel) {
  const auto refuses = [](ExitCode code, const char* json, const char* reason) {
    expect_error(
        code, [&] { read_graph(Json::parse(json)); }, reason);
  };
  refuses(ExitCode::kData, "[]", "class_name");
  refuses(ExitCode::kData, R"({"class_name": "Sequential"})", "config");
  refuses(ExitCode::kData, R"({"class_name": "Sequential", "config": {"layers": []}})", "layers");
  refuses(ExitCode::kData, R"({"class_name": "Sequential", "config": {"layers": [1]}})", "is no layer");
  refuses(ExitCode::kConfiguration, R"({"class_name": "MyModel", "config": {}})", "MyModel");
  refuses(
      ExitCode::kConfiguration,
      R"({"class_name": "Sequential", "config": {"layers": [{"class_name": "Dense", "config": {"name": "d"}}]}})",
      "input shape");
}

}  // namespace
}  // namespace ktrain
