#include "rebatch/batch_findings.h"

#include <gtest/gtest.h>

#include "keras/json.h"
#include "rebatch/batch_normalization_momenta.h"

namespace ktrain {
namespace {

// A base inside a model, a wrapped layer, a fixed batch.
constexpr const char* kModel = R"({"class_name": "Functional", "config": {"layers": [
  {"class_name": "InputLayer", "config": {"name": "x", "batch_shape": [32, 8, 4]}},
  {"class_name": "LSTM", "config": {"name": "memory", "stateful": true},
   "build_config": {"input_shape": [32, 8, 4]}},
  {"class_name": "Sequential", "config": {"name": "base", "build_input_shape": [32, 8], "layers": [
    {"class_name": "InputLayer", "config": {"name": "y", "batch_shape": [null, 32]}},
    {"class_name": "BatchNormalization", "config": {"name": "norm", "momentum": 0.9, "trainable": false}}]}},
  {"class_name": "TimeDistributed", "config": {"name": "each", "layer":
    {"class_name": "BatchNormalization", "config": {"name": "inner"}}},
   "build_config": {"shapes_dict": {"a": [32, 32], "b": [4, 2]}}},
  {"class_name": "Reshape", "config": {"name": "reshape", "newshape": [32, -1]}}]}})";

TEST(BatchFindings, FindsWhatIsTiedAtAnyDepth) {
  using Kind = BatchFinding::Kind;
  const std::vector<BatchFinding> found = batch_findings(kModel);
  ASSERT_EQ(found.size(), 5U);
  const auto is = [&](std::size_t i, Kind kind, const char* layer) {
    EXPECT_EQ(found[i].kind, kind) << i;
    EXPECT_EQ(found[i].layer, layer);
  };
  is(0, Kind::kStaticBatch, "x");
  EXPECT_EQ(found[0].batch, 32);
  is(1, Kind::kStatefulLayer, "memory");
  is(2, Kind::kBatchNormalization, "base/norm");
  EXPECT_EQ(found[2].momentum, 0.9);
  EXPECT_FALSE(found[2].trainable);
  is(3, Kind::kBatchNormalization, "each/inner");
  EXPECT_EQ(found[3].momentum, 0.99);
  EXPECT_TRUE(found[3].trainable);
  is(4, Kind::kStaticReshape, "reshape");
}

TEST(BatchFindings, AFixedBatchIsRewrittenWhereverItStands) {
  const std::string to = with_static_batch(kModel, 32, 80);
  const Json layers = Json::parse(to)["config"]["layers"];
  EXPECT_EQ(layers[0]["config"]["batch_shape"], Json({80, 8, 4}));
  EXPECT_EQ(layers[1]["build_config"]["input_shape"], Json({80, 8, 4}));
  EXPECT_EQ(layers[2]["config"]["build_input_shape"], Json({80, 8}));
  EXPECT_EQ(layers[2]["config"]["layers"][0]["config"]["batch_shape"], Json({nullptr, 32}));
  EXPECT_EQ(layers[3]["build_config"]["shapes_dict"]["a"], Json({80, 32}));
  EXPECT_EQ(layers[3]["build_config"]["shapes_dict"]["b"], Json({4, 2}));
  EXPECT_EQ(Json::parse(with_static_batch(to, 80, 32)), Json::parse(kModel));
  EXPECT_EQ(Json::parse(with_static_batch(kModel, 16, 80)), Json::parse(kModel));
}

TEST(BatchNormalizationMomenta, AreSetInTheirOrder) {
  EXPECT_EQ(batch_normalization_momenta(kModel), (std::vector{0.9, 0.99}));
  const std::string other = with_batch_normalization_momenta(kModel, std::vector{0.5, 0.25});
  EXPECT_EQ(batch_normalization_momenta(other), (std::vector{0.5, 0.25}));
  EXPECT_EQ(Json::parse(with_batch_normalization_momenta(kModel, std::vector{0.9, 0.99})),
            Json::parse(kModel));
}

}  // namespace
}  // namespace ktrain
