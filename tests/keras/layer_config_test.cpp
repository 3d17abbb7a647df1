#include "keras/layer_config.h"

#include <gtest/gtest.h>

#include "keras/objects.h"
#include "support/expect_error.h"

namespace ktrain {
namespace {

using testing::expect_error;

Json named(const Json& arguments) {
  Json config = arguments;
  config["name"] = "conv";
  return config;
}

/// Expects `read` to refuse the argument `key` of the layer 'conv' with a line that holds `reason`.
template <typename Read>
void refuses(const char* key, const Json& value, const Read& read, const std::string& reason = "") {
  const Json json = named({{key, value}});
  expect_error(
      ExitCode::kConfiguration,
      [&] {
        LayerConfig config("Conv2D", json);
        read(config);
      },
      "'conv'", "(Conv2D)", std::string("'") + key + "'", reason);
}

TEST(LayerConfig, ReadsWhatEveryLayerHas) {
  const Json json = named({{"trainable", false}, {"dtype", "float32"}});
  const LayerConfig config("Conv2D", json);
  EXPECT_EQ(config.name(), "conv");
  EXPECT_FALSE(config.trainable());
  EXPECT_NO_THROW(config.finish());
}

TEST(LayerConfig, RefusesOtherPoliciesAndActivityRegularizers) {
  const auto nothing = [](LayerConfig&) {};
  refuses("dtype", "mixed_bfloat16", nothing, "mixed_bfloat16");
  refuses("dtype", Json::parse(R"({"class_name": "DTypePolicy", "config": {"name": "float16"}})"), nothing,
          "float16");
  refuses("dtype", Json::parse(R"({"class_name": "DTypePolicyMap", "config": {}})"), nothing,
          "DTypePolicyMap");
  refuses("activity_regularizer", "orthogonal", nothing, "L1, L2 and L1L2");
  refuses("trainable", 1, nothing, "1");
}

TEST(LayerConfig, RefusesWhatNobodyRead) {
  refuses(
      "shape", 3, [](LayerConfig& config) { config.finish(); }, "does not know");
  const Json json = named({{"seed", 3}, {"units", 4}});
  LayerConfig config("Dense", json);
  config.ignore({"seed"});
  EXPECT_EQ(config.integer("units"), 4);
  EXPECT_NO_THROW(config.finish());
}

TEST(LayerConfig, NumbersHaveTheirType) {
  const auto integer = [](LayerConfig& config) { config.integer("n"); };
  refuses("n", "3", integer, "\"3\"");
  refuses("n", 3.5, integer, "3.5");
  refuses("n", true, integer);
  refuses("n", nullptr, integer);
  refuses("n", 1e18, integer);
  refuses("n", std::uint64_t{18'446'744'073'709'551'615ULL}, integer);
  refuses("n", "three", [](LayerConfig& config) { config.number("n"); });
  refuses("n", "NaN", [](LayerConfig& config) { config.number("n"); });
  refuses("n", 1, [](LayerConfig& config) { config.flag("n", true); });
  refuses("other", 1, [](LayerConfig& config) {
    config.number("other"), config.integer("other"), config.flag("other", 1);
  });

  const Json empty = named(Json::object());
  LayerConfig config("Conv2D", empty);
  EXPECT_EQ(config.integer("n", 7), 7);
  EXPECT_EQ(config.number("n", 0.5), 0.5);
  EXPECT_TRUE(config.flag("n", true));
  expect_error(
      ExitCode::kConfiguration, [&] { config.integer("filters"); }, "'filters'");
}

TEST(LayerConfig, SizesAreOneNumberOrOneForEachAxis) {
  const Json json = named({{"one", 3}, {"two", {3, 2}}, {"three", {3, 2, 4}}, {"none", nullptr}});
  LayerConfig config("Conv2D", json);
  EXPECT_EQ(config.sizes<1>("one"), (Spatial<1>{3}));
  EXPECT_EQ(config.sizes<2>("one"), (HeightWidth{3, 3}));
  EXPECT_EQ(config.sizes<2>("two"), (HeightWidth{3, 2}));
  EXPECT_EQ(config.sizes<3>("three"), (Spatial<3>{3, 2, 4}));
  EXPECT_EQ(config.sizes<2>("none"), std::nullopt);
  EXPECT_EQ(config.sizes<2>("absent", {1, 2}), (HeightWidth{1, 2}));
  refuses("k", {1, 2, 3}, [](LayerConfig& c) { c.sizes<2>("k"); });
  refuses("k", {1, "2"}, [](LayerConfig& c) { c.sizes<2>("k"); });
}

TEST(LayerConfig, MarginsAreForAllAxesForEachOrForBothEnds) {
  const Json json = named({{"one", 3}, {"two", {3, 2}}, {"four", {{3, 2}, {1, 4}}}, {"six", {1, {2, 3}, 4}}});
  LayerConfig config("ZeroPadding2D", json);
  EXPECT_EQ(config.margins<1>("one", {}), (Margins<1>{{{3, 3}}}));
  EXPECT_EQ(config.margins<1>("two", {}), (Margins<1>{{{3, 2}}}));
  EXPECT_EQ(config.margins<2>("one", {}), (Margins<2>{{{3, 3}, {3, 3}}}));
  EXPECT_EQ(config.margins<2>("two", {}), (Margins<2>{{{3, 3}, {2, 2}}}));
  EXPECT_EQ(config.margins<2>("four", {}), (Margins<2>{{{3, 2}, {1, 4}}}));
  EXPECT_EQ(config.margins<3>("six", {}), (Margins<3>{{{1, 1}, {2, 3}, {4, 4}}}));
  EXPECT_EQ(config.margins<2>("absent", each_margin<2>(5)), each_margin<2>(5));
  refuses("k", {1, 2}, [](LayerConfig& c) { c.margins<3>("k", {}); });
  refuses("k", {{1, 2, 3}, 1}, [](LayerConfig& c) { c.margins<2>("k", {}); });
  refuses("k", {{"n", 1}}, [](LayerConfig& c) { c.margins<1>("k", {}); });
}

TEST(LayerConfig, IntegersAreAList) {
  const Json json = named({{"dims", {2, 1}}});
  LayerConfig config("Permute", json);
  EXPECT_EQ(config.integers("dims"), (std::vector<std::int64_t>{2, 1}));
  refuses("dims", 3, [](LayerConfig& c) { c.integers("dims"); });
  refuses("dims", {1, 2.5}, [](LayerConfig& c) { c.integers("dims"); });
}

TEST(LayerConfig, RefusesChannelsFirstAndCausalPadding) {
  refuses(
      "data_format", "channels_first", [](LayerConfig& config) { config.channels_last(); }, "channels_first");
  refuses(
      "padding", "causal", [](LayerConfig& config) { config.padding(); }, "causal");
  refuses(
      "kernel_constraint", {{"class_name", "NonNeg"}},
      [](LayerConfig& config) { config.only("kernel_constraint", {nullptr}); }, "NonNeg");
}

TEST(Objects, Activations) {
  EXPECT_EQ(activation_of(nullptr), Activation{});
  EXPECT_EQ(activation_of("relu").kind, ActivationKind::kRelu);
  EXPECT_EQ(activation_of(Json::parse(R"({"module": "builtins", "class_name": "function", "config": "gelu",
                                          "registered_name": "function"})")),
            activation_named("gelu"));
  const Json layer = Json::parse(R"({"module": "keras.layers", "class_name": "LeakyReLU",
                                     "config": {"name": "l", "negative_slope": 0.125}})");
  EXPECT_EQ(activation_of(layer), (Activation{.kind = ActivationKind::kRelu, .negative_slope = 0.125F}));
  for (const char* json : {R"("relu7")", "3", R"({"value": ["4wEAAAA", null, null]})",
                           R"({"class_name": "PReLU", "config": {"name": "p"}})"}) {
    expect_error(
        ExitCode::kConfiguration, [&] { activation_of(Json::parse(json)); }, "activation");
  }
  refuses("activation", layer["config"], [](LayerConfig& config) { config.activation("activation"); });
}

TEST(Objects, Regularizers) {
  const auto read = [](const char* json) { return regularizer_of(Json::parse(json)); };
  EXPECT_FALSE(read("null").active());
  EXPECT_EQ(read(R"("l2")").l2, 0.01F);
  EXPECT_EQ(read(R"({"class_name": "L1", "config": {"l1": 0.5}})").l1, 0.5F);
  const Regularizer both = read(R"({"class_name": "L1L2", "config": {"l1": 0.5, "l2": 0.25}})");
  EXPECT_EQ(both.l1, 0.5F);
  EXPECT_EQ(both.l2, 0.25F);
  EXPECT_FALSE(read(R"("l1l2")").active());
  const auto refused = [&](const char* json, const char* reason) {
    expect_error(
        ExitCode::kConfiguration, [&] { read(json); }, reason);
  };
  refused(R"({"class_name": "OrthogonalRegularizer", "config": {"factor": 0.1}})", "OrthogonalRegularizer");
  refused(R"({"class_name": "L2", "config": {"l1": 0.5}})", "l1");
  refused(R"({"class_name": "L2", "config": {"l2": "much"}})", "much");
  refused("7", "7");
}

TEST(Objects, Constraints) {
  using Kind = Constraint::Kind;
  const auto read = [](const char* json) { return constraint_of(Json::parse(json)); };
  EXPECT_FALSE(read("null").active());
  EXPECT_EQ(read(R"("non_neg")").kind, Kind::kNonNeg);
  const Constraint most = read(R"({"module": "keras.constraints", "class_name": "MaxNorm",
                                   "config": {"max_value": 3, "axis": [0, 1, 2]}, "registered_name": null})");
  EXPECT_EQ(most.kind, Kind::kMaxNorm);
  EXPECT_EQ(most.max_value, 3);
  EXPECT_EQ(most.axis, (std::vector<int>{0, 1, 2}));
  EXPECT_EQ(read(R"({"class_name": "MaxNorm", "config": {}})").max_value, 2);
  const Constraint both = read(R"({"class_name": "MinMaxNorm", "config": {"min_value": 0.5, "rate": 0.25}})");
  EXPECT_EQ(both.min_value, 0.5F);
  EXPECT_EQ(both.max_value, 1);
  EXPECT_EQ(both.rate, 0.25F);
  EXPECT_EQ(both.axis, std::vector<int>{0});
  EXPECT_TRUE(read(R"({"class_name": "UnitNorm", "config": {"axis": null}})").axis.empty());
  const auto refused = [&](const char* json, const char* reason) {
    expect_error(
        ExitCode::kConfiguration, [&] { read(json); }, reason);
  };
  refused(R"({"class_name": "RadialConstraint", "config": {}})", "RadialConstraint");
  refused(R"({"class_name": "NonNeg", "config": {"axis": 0}})", "axis");
  refused(R"({"class_name": "UnitNorm", "config": {"axis": 0.5}})", "0.5");
  refused(R"({"class_name": "MaxNorm", "config": {"max_value": "high"}})", "high");
}

TEST(Objects, Initializers) {
  EXPECT_EQ(initializer_of(nullptr), nullptr);
  EXPECT_NE(initializer_of("he_normal"), nullptr);
  const auto constant =
      initializer_of(Json::parse(R"({"class_name": "Constant", "config": {"value": 0.5}})"));
  std::vector<float> values(3);
  constant->fill(Shape{3}, values, RandomStream(1, "v"));
  EXPECT_EQ(values, std::vector<float>(3, 0.5F));
  const auto seeded = R"({"class_name": "GlorotUniform", "config": {"seed": 7, "input_axes": null}})";
  EXPECT_NE(initializer_of(Json::parse(seeded)), nullptr);
  const auto refused = [&](const char* json, const char* reason) {
    expect_error(
        ExitCode::kConfiguration, [&] { initializer_of(Json::parse(json)); }, reason);
  };
  refused(R"({"class_name": "STFT", "config": {}})", "STFT");
  refused(R"({"class_name": "Constant", "config": {"value": [1, 2]}})", "value");
  refused(R"({"class_name": "Constant", "config": {"worth": 1}})", "worth");
  refused(R"({"class_name": "VarianceScaling", "config": {"mode": "fan_all"}})", "fan_all");
}

}  // namespace
}  // namespace ktrain
