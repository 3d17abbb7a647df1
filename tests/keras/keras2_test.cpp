#include "keras/keras2.h"

#include <gtest/gtest.h>

#include "keras/graph.h"
#include "support/expect_error.h"

namespace ktrain {
namespace {

Json layer(const char* class_name, Json config, Json nodes) {
  const std::string name = config["name"];
  return {{"class_name", class_name}, {"name", name}, {"config", config}, {"inbound_nodes", nodes}};
}

// As tf.keras 2.15 describes x -> embedding -> lstm(initial_state=[h, c]) and a nested model called twice.
Json model_of_keras2() {
  const Json input = {
      {"name", "x"}, {"batch_input_shape", {nullptr, 5}}, {"dtype", "float32"}, {"sparse", false}};
  Json h = input, c = input;
  h["name"] = "h";
  c["name"] = "c";
  const Json inner = {
      {"name", "inner"},
      {"layers", Json::array({layer("InputLayer", input, Json::array()),
                              layer("Dense", {{"name", "d"}}, Json::parse(R"([[["x", 0, 0, {}]]])"))})},
      {"input_layers", Json::parse(R"([["x", 0, 0]])")},
      {"output_layers", Json::parse(R"([["d", 0, 0]])")}};
  return {
      {"class_name", "Functional"},
      {"config",
       {{"name", "outer"},
        {"layers",
         Json::array(
             {layer("InputLayer", input, Json::array()), layer("InputLayer", h, Json::array()),
              layer("InputLayer", c, Json::array()),
              layer("LSTM",
                    {{"name", "lstm"},
                     {"time_major", false},
                     {"implementation", 2},
                     {"dtype", {{"class_name", "Policy"}, {"config", {{"name", "float32"}}}}}},
                    Json::parse(R"([[["x", 0, 0, {}], ["h", 0, 0, {}], ["c", 0, 0, {}]]])")),
              layer("Model", inner, Json::parse(R"([[["h", 0, 0, {}]], [["c", 0, 0, {}]]])")),
              layer("Add", {{"name", "sum"}},
                    Json::parse(R"([[["inner", 1, 0, {}], ["inner", 2, 0, {}], ["lstm", 0, 0, {}]]])"))})},
        {"input_layers", Json::parse(R"([["x", 0, 0], ["h", 0, 0], ["c", 0, 0]])")},
        {"output_layers", Json::parse(R"([["sum", 0, 0]])")}}}};
}

TEST(Keras2, NodesBecomeArgumentsAndCallsOfNestedModelsCountFromZero) {
  const Graph graph = read_graph(to_keras3(model_of_keras2()));
  ASSERT_EQ(graph.layers.size(), 6U);
  const GraphLayer& lstm = graph.layers[3];
  ASSERT_EQ(lstm.calls.size(), 1U);
  EXPECT_EQ(lstm.calls[0].arguments.size(), 1U);
  EXPECT_EQ(lstm.calls[0].keywords["initial_state"].size(), 2U);
  EXPECT_EQ(lstm.object["config"], Json({{"name", "lstm"}, {"dtype", "float32"}}));
  EXPECT_TRUE(graph.layers[4].model);
  const GraphUse& sum = graph.layers[5].calls.at(0);
  ASSERT_EQ(sum.tensors.size(), 3U);
  EXPECT_EQ(sum.tensors[0].call, 0);
  EXPECT_EQ(sum.tensors[1].call, 1);
  EXPECT_EQ(graph.layers[0].object["config"]["batch_shape"], Json({nullptr, 5}));
}

TEST(Keras2, ASequentialListsItsInputAtItsFirstLayer) {
  const Json model = {
      {"class_name", "Sequential"},
      {"config", Json::array({{{"class_name", "Convolution2D"},
                               {"config", {{"name", "c"}, {"batch_input_shape", {nullptr, 8, 8, 3}}}}}})}};
  const Json layers = to_keras3(model)["config"]["layers"];
  ASSERT_EQ(layers.size(), 2U);
  EXPECT_EQ(layers[0]["class_name"], "InputLayer");
  EXPECT_EQ(layers[0]["config"]["batch_shape"], Json({nullptr, 8, 8, 3}));
  EXPECT_EQ(layers[1]["class_name"], "Conv2D");
  EXPECT_FALSE(layers[1]["config"].contains("batch_input_shape"));
}

TEST(Keras2, ArgumentsThatKeras3DroppedGoAndOthersStay) {
  const auto converted = [](const char* class_name, Json config) {
    const Json model = {{"class_name", "Sequential"},
                        {"config",
                         {{"name", "s"},
                          {"layers", Json::array({{{"class_name", "InputLayer"}, {"config", {{"name", "x"}}}},
                                                  {{"class_name", class_name}, {"config", config}}})}}}};
    return to_keras3(model)["config"]["layers"][1]["config"];
  };
  EXPECT_EQ(converted("DepthwiseConv2D", {{"groups", 1}, {"strides", 2}}), Json({{"strides", 2}}));
  EXPECT_EQ(converted("DepthwiseConv2D", {{"groups", 2}}), Json({{"groups", 2}}));
  EXPECT_EQ(converted("LSTM", {{"time_major", true}}), Json({{"time_major", true}}));
  EXPECT_EQ(converted("LeakyReLU", {{"alpha", 0.25}}), Json({{"negative_slope", 0.25}}));
  EXPECT_EQ(converted("BatchNormalization", {{"axis", {3}}}), Json({{"axis", 3}}));
}

// Their sums and penalties are not those of Keras 3.
TEST(Keras2, WhatKeras3ComputesOtherwiseIsRefused) {
  const auto refused = [](const Json& layer, const char* what) {
    const Json input = {{"class_name", "InputLayer"},
                        {"config", {{"name", "x"}, {"batch_input_shape", {nullptr, 4, 3}}}}};
    const Json model = {{"class_name", "Sequential"},
                        {"config", {{"name", "s"}, {"layers", Json::array({input, layer})}}}};
    testing::expect_error(
        ExitCode::kConfiguration, [&] { to_keras3(model); }, what);
  };
  const auto wrapper = [](const Json& inner) {
    return Json{{"class_name", "TimeDistributed"}, {"config", {{"name", "each"}, {"layer", inner}}}};
  };
  refused(wrapper({{"class_name", "BatchNormalization"}, {"config", {{"name", "n"}}}}),
          "'each' (TimeDistributed): BatchNormalization within it");
  refused(wrapper({{"class_name", "Dense"}, {"config", {{"name", "d"}, {"activity_regularizer", "l2"}}}}),
          "'each' (TimeDistributed): an activity_regularizer within it");
  refused({{"class_name", "MultiHeadAttention"},
           {"config", {{"name", "heads"}, {"activity_regularizer", "l2"}}},
           {"inbound_nodes", {Json::array(), Json::array()}}},
          "'heads' (MultiHeadAttention): an activity_regularizer of a layer that is called more than once");
}

TEST(Keras2, WhatIsInTheFormOfKeras3Stays) {
  const Json model = Json::parse(R"({"class_name": "Functional", "config": {"name": "m", "layers": [
      {"class_name": "InputLayer", "config": {"name": "x", "batch_shape": [null, 2]}, "inbound_nodes": []},
      {"class_name": "Dense", "config": {"name": "y"}, "inbound_nodes": [{"args": [{"class_name":
       "__keras_tensor__", "config": {"keras_history": ["x", 0, 0]}}], "kwargs": {}}]}],
      "input_layers": [["x", 0, 0]], "output_layers": [["y", 0, 0]]}})");
  EXPECT_EQ(to_keras3(model), model);
}

}  // namespace
}  // namespace ktrain
