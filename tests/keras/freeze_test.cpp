#include "ktrain/keras/freeze.h"

#include <gtest/gtest.h>

#include "keras/json.h"
#include "ktrain/keras/architecture.h"
#include "support/expect_error.h"

namespace ktrain {
namespace {

using testing::expect_error;

Json layer(const char* class_name, const char* name, Json config = Json::object()) {
  config["name"] = name;
  return {{"module", "keras.layers"}, {"class_name", class_name}, {"config", config}};
}

Json sequential(const char* name, std::int64_t inputs, const Json& layers) {
  Json all = Json::array({layer("InputLayer", "x", {{"batch_shape", {nullptr, inputs}}})});
  for (const Json& one : layers) all.push_back(one);
  return layer("Sequential", name, {{"layers", all}});
}

/// 4 -> base (b1, its normalization, b2) -> head -> out.
Json nested() {
  const Json base = sequential("base", 4,
                               {layer("Dense", "b1", {{"units", 3}}), layer("BatchNormalization", "norm"),
                                layer("Dense", "b2", {{"units", 2}})});
  return sequential("m", 4,
                    {base, layer("Dense", "head", {{"units", 5}}), layer("Dense", "out", {{"units", 2}})});
}

/// The names of the variables that are trained.
std::vector<std::string> trained(const FreezeOptions& options, const Json& model = nested()) {
  const Architecture built = architecture_from_json(freeze_layers(model.dump(), options), {}, "m.json");
  std::vector<std::string> names;
  for (const Parameter& parameter : built.model.parameters().parameters()) {
    if (parameter.trainable) names.push_back(parameter.name);
  }
  return names;
}

using Names = std::vector<std::string>;
const Names kHead{"head/kernel", "head/bias"}, kOut{"out/kernel", "out/bias"};
const Names kBoth{"head/kernel", "head/bias", "out/kernel", "out/bias"};

// Keras: model.get_layer("base").trainable = False.
TEST(FreezeLayers, FreezesAModelWithinTheModelWhole) {
  EXPECT_EQ(trained({.freeze = {"base"}}), kBoth);
}

TEST(FreezeLayers, MatchesNamesAndPathsAtAnyDepth) {
  EXPECT_EQ(trained({.freeze = {"b?", "norm"}}), kBoth);
  EXPECT_EQ(trained({.freeze = {"base/*", "o*"}}), kHead);
  EXPECT_EQ(trained({.train_only = {"o*"}}), kOut);
  EXPECT_EQ(trained({.train_only = {"base/b2"}}).size(), 2U);
}

// Keras: for layer in model.layers[:-n]: layer.trainable = False.
TEST(FreezeLayers, CountsFromTheEnd) {
  EXPECT_EQ(trained({.all_but_last = 2}), kBoth);
  EXPECT_EQ(trained({.all_but_last = 1}), kOut);
  EXPECT_TRUE(trained({.all_but_last = 0}).empty());
  EXPECT_EQ(trained({.all_but_last = 9}), trained({}));
}

TEST(FreezeLayers, TrainsALayerThatTheFileHasFrozen) {
  Json model = nested();
  for (Json& one : model["config"]["layers"]) one["config"]["trainable"] = false;
  EXPECT_EQ(trained({.train_only = {"out"}}, model), kOut);
}

TEST(FreezeLayers, FreezesWhatAWrapperWraps) {
  const Json wrapped = layer("LSTM", "lstm", {{"units", 2}});
  const Json model = layer(
      "Sequential", "m",
      {{"layers",
        {layer("InputLayer", "x", {{"batch_shape", {nullptr, 5, 4}}}),
         layer("Bidirectional", "both", {{"layer", wrapped}}), layer("Dense", "out", {{"units", 2}})}}});
  EXPECT_EQ(trained({.freeze = {"both"}}, model), kOut);
}

TEST(FreezeLayers, NamesAPatternThatMatchesNothing) {
  expect_error(
      ExitCode::kConfiguration,
      [] {
        trained({.freeze = {"base", "haed"}});
      },
      "--freeze", "'haed'", "base, b1, norm, b2, head, out");
  expect_error(
      ExitCode::kConfiguration, [] { trained({.train_only = {"x"}}); }, "--train-only", "'x'");
}

}  // namespace
}  // namespace ktrain
