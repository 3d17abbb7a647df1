#include "ktrain/keras/architecture.h"

#include <gtest/gtest.h>

#include <fstream>

#include "keras/json.h"
#include "support/expect_error.h"
#include "support/temporary_folder.h"

namespace ktrain {
namespace {

using testing::expect_error;

const std::string kModels = KTRAIN_MODELS;

Json input_layer(const char* name = "x", const Json& shape = {nullptr, 4}) {
  return {{"module", "keras.layers"},
          {"class_name", "InputLayer"},
          {"config", {{"name", name}, {"batch_shape", shape}, {"dtype", "float32"}, {"sparse", false}}},
          {"registered_name", nullptr}};
}

Json layer(const char* class_name, const Json& config, const char* module = "keras.layers") {
  return {{"module", module}, {"class_name", class_name}, {"config", config}, {"registered_name", nullptr}};
}

Json sequential(const Json& layers) {
  return {{"class_name", "Sequential"}, {"config", {{"name", "m"}, {"trainable", true}, {"layers", layers}}}};
}

Architecture build(const Json& model) {
  return architecture_from_json(model.dump(), {}, "m.json");
}

template <typename... Parts>
void refuses(ExitCode code, const Json& model, const Parts&... parts) {
  expect_error(
      code, [&] { build(model); }, "m.json: ", parts...);
}

// Counts: keras.Model.count_params() of the same files.
TEST(Architecture, BuildsTheModelsThatComeWithKtrain) {
  const std::pair<const char*, std::int64_t> models[] = {
      {"mlp", 535'818}, {"cnn", 677'738}, {"cnn_bn", 88'490}, {"resnet20", 273'754}};
  for (const auto& [name, count] : models) {
    const Architecture architecture = load_architecture(kModels + "/" + name + ".json");
    const Model& model = architecture.model;
    EXPECT_EQ(model.name(), name);
    EXPECT_EQ(model.parameters().count(), count) << name;
    EXPECT_EQ(model.input_names(), std::vector<std::string>{"image"});
    EXPECT_EQ(model.tensors()[static_cast<std::size_t>(model.outputs()[0])].sample_shape, Shape{10});
    EXPECT_TRUE(architecture.notes.empty());
  }
}

TEST(Architecture, InitialValuesDependOnTheSeedAlone) {
  const auto digest = [](std::uint64_t seed) {
    return load_architecture(kModels + "/cnn.json", {.seed = seed}).model.parameters().digest();
  };
  EXPECT_EQ(digest(1), digest(1));
  EXPECT_NE(digest(1), digest(2));
}

TEST(Architecture, TheLayersFlagsDecideWhatIsTrainable) {
  Json model = sequential({input_layer(), layer("Dense", {{"name", "a"}, {"units", 3}, {"trainable", false}}),
                           layer("Dense", {{"name", "b"}, {"units", 2}})});
  model["config"]["trainable"] = false;
  const Architecture architecture = build(model);
  const auto parameters = architecture.model.parameters().parameters();
  ASSERT_EQ(parameters.size(), 4U);
  EXPECT_EQ(parameters[0].name, "a/kernel");
  EXPECT_FALSE(parameters[1].trainable);
  EXPECT_TRUE(parameters[2].trainable);
  EXPECT_EQ(parameters[3].shape, Shape{2});
}

TEST(Architecture, ASequentialMayImplyItsInput) {
  Json model = sequential(Json::array({layer("Dense", {{"name", "a"}, {"units", 3}})}));
  refuses(ExitCode::kConfiguration, model, "input shape");
  model["config"]["build_input_shape"] = {nullptr, 5};
  EXPECT_EQ(build(model).model.parameters().count(), 18);
}

TEST(Architecture, SaysThatCompileSettingsAreNotUsed) {
  Json model = sequential({input_layer(), layer("Flatten", {{"name", "f"}})});
  model["compile_config"] = Json::object();
  EXPECT_TRUE(build(model).notes.empty());
  model["compile_config"] = {{"optimizer", {{"class_name", "Adam"}}}, {"loss", "mse"}};
  const auto notes = build(model).notes;
  ASSERT_EQ(notes.size(), 1U);
  EXPECT_NE(notes[0].find("Adam"), std::string::npos);
  EXPECT_NE(notes[0].find("mse"), std::string::npos);
}

TEST(Architecture, ListsAllUnknownLayersAtOnce) {
  Json custom = layer("Dense", {{"name", "mine"}});
  custom["registered_name"] = "Pkg>Dense";
  refuses(ExitCode::kConfiguration,
          sequential({input_layer(), layer("ConvLSTM2D", {{"name", "l"}}),
                      layer("Dense", {{"name", "d"}, {"units", 3}}),
                      layer("Kaiser", {{"name", "op"}}, "keras.src.ops.numpy"), custom,
                      layer("Sequential", {{"name", "inner"}}, "keras")}),
          "'l' (keras.layers.ConvLSTM2D)", "'op' (keras.src.ops.numpy.Kaiser)", "'mine'",
          "'inner' (keras.Sequential)");
}

TEST(Architecture, RefusesArgumentsByLayerClassAndName) {
  const auto refused = [](const char* class_name, const Json& arguments, const char* key) {
    Json config = arguments;
    config["name"] = "it";
    refuses(ExitCode::kConfiguration,
            sequential({input_layer("x", {nullptr, 8, 8, 3}), layer(class_name, config)}), "'it'", class_name,
            key);
  };
  refused("Conv2D", {{"kernel_size", 3}}, "'filters'");
  refused("Conv2D", {{"filters", 3}, {"kernel_size", {3, 3, 3}}}, "'kernel_size'");
  refused("Conv2D", {{"filters", 3}, {"kernel_size", 3}, {"data_format", "channels_middle"}},
          "channels_middle");
  refused("Conv2D", {{"filters", 3}, {"kernel_size", 3}, {"kernel_constraint", "radial"}},
          "'kernel_constraint'");
  refused("Conv2D", {{"filters", 3}, {"kernel_size", 3}, {"dtype", "mixed_float16"}}, "mixed_float16");
  refused("DepthwiseConv2D", {{"kernel_size", 3}, {"depthwise_constraint", "radial"}},
          "'depthwise_constraint'");
  refused("MaxPooling2D", {{"padding", "full"}}, "full");
  refused("GlobalMaxPooling2D", {{"data_format", "channels_middle"}}, "'data_format'");
  refused("Flatten", {{"data_format", "channels_middle"}}, "'data_format'");
  refused("Reshape", {{"target_shape", {nullptr, 3}}}, "'target_shape'");
  refused("Reshape", Json::object(), "'target_shape'");
  refused("ZeroPadding2D", {{"padding", {{1, 2}, {3}}}}, "'padding'");
  refused("Dropout", {{"rate", "half"}}, "'rate'");
  refused("Dropout", {{"rate", 0.5}, {"noise_shape", "x"}}, "'noise_shape'");
  refused("Activation", {{"activation", "relu7"}}, "relu7");
  refused("ReLU", {{"max_value", "big"}}, "'max_value'");
  refused("Softmax", {{"axis", "last"}}, "'axis'");
  refused("BatchNormalization", {{"renorm_momentum", "fast"}}, "'renorm_momentum'");
  refused("BatchNormalization", {{"gamma_constraint", "radial"}}, "'gamma_constraint'");
  refused("Rescaling", {{"scale", {1, "two"}}}, "'scale'");
  refused("Dense", {{"units", 3}, {"lora_rank", 4}}, "'lora_rank'");
  refused("Dense", {{"units", 3}, {"kernel_regularizer", "orthogonal_regularizer"}},
          "orthogonal_regularizer");
  refused("Dense", {{"units", 3}, {"temperature", 4}}, "'temperature'");
}

/// An argument of a call that is the first output of `from`.
Json tensor(const char* from) {
  return {{"class_name", "__keras_tensor__"}, {"config", {{"keras_history", {from, 0, 0}}}}};
}

// In an argument that tensors are the values of, and in one that nobody reads them from.
TEST(Architecture, RefusesInputsThatTheModelDoesNotHave) {
  for (const char* argument : {"mask", "training"}) {
    Json dense = layer("Dense", {{"name", "d"}, {"units", 3}});
    dense["name"] = "d";
    dense["inbound_nodes"] = {{{"args", {tensor("x")}}, {"kwargs", {{argument, tensor("z")}}}}};
    Json layers = Json::array();
    for (const char* name : {"x", "z"}) {
      layers.push_back(input_layer(name, {nullptr, 4}));
      layers.back()["name"] = name;
      layers.back()["inbound_nodes"] = Json::array();
    }
    layers.push_back(dense);
    const Json config = {
        {"name", "f"}, {"layers", layers}, {"input_layers", {{"x", 0, 0}}}, {"output_layers", {{"d", 0, 0}}}};
    refuses(ExitCode::kData, {{"class_name", "Functional"}, {"config", config}}, "'z'", "input_layers");
  }
}

TEST(Architecture, RefusesInputsOfUnknownShapeOrType) {
  const auto refused = [](const char* key, const Json& value, const char* reason) {
    Json input = input_layer();
    input["config"][key] = value;
    refuses(ExitCode::kConfiguration, sequential({input, layer("Flatten", {{"name", "f"}})}),
            "'x' (InputLayer)", reason);
  };
  refused("batch_shape", {nullptr, nullptr, 3}, "'batch_shape'");
  refused("batch_shape", 3, "'batch_shape'");
  refused("batch_shape", {nullptr, 0}, "'batch_shape'");
  refused("dtype", "complex64", "complex64");
  refused("sparse", true, "'sparse'");
  refused("ragged", true, "'ragged'");
}

TEST(Architecture, NamesTheFileAndTheReason) {
  const testing::TemporaryFolder folder;
  expect_error(
      ExitCode::kNoInput, [&] { load_architecture(folder / "none.json"); }, "none.json");
  const auto load = [&](const std::string& content) {
    std::ofstream(folder / "m.json") << content;
    expect_error(
        ExitCode::kData, [&] { load_architecture(folder / "m.json"); }, "m.json");
  };
  load("");
  load("\x89PNG");
  load("{\"a\": 1}");
  load("[1, 2]");
  load(R"({"class_name": "Functional", "config": {"layers": [{"class_name": 3, "config": {}}]}})");
}

// Whatever is cut out of a model's file, the answer is an error of ktrain's own.
TEST(Architecture, SurvivesMutilatedModels) {
  std::ifstream file(kModels + "/cnn_bn.json");
  const std::string whole((std::istreambuf_iterator<char>(file)), {});
  ASSERT_GT(whole.size(), 1000U);
  for (std::size_t begin = 0; begin < whole.size(); begin += 97) {
    std::string model = whole;
    model.erase(begin, 1 + begin % 13);
    try {
      architecture_from_json(model);
    } catch (const Error& error) {
      EXPECT_NE(error.code(), ExitCode::kSoftware) << error.what();
    }
  }
}

TEST(Architecture, SurvivesValuesOfTheWrongType) {
  const Json whole = Json::parse(std::ifstream(kModels + "/cnn_bn.json"));
  const Json flat = whole.flatten();
  for (const auto& [path, original] : flat.items()) {
    for (const Json& wrong : {Json(nullptr), Json(-3), Json("x"), Json::array({Json::object()})}) {
      Json model = whole;
      model[Json::json_pointer(path)] = wrong;
      try {
        build(model);
      } catch (const Error& error) {
        EXPECT_NE(error.code(), ExitCode::kSoftware) << path << ": " << error.what();
      }
    }
  }
}

}  // namespace
}  // namespace ktrain
