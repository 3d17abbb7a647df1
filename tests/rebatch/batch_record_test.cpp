#include "rebatch/batch_record.h"

#include <gtest/gtest.h>

#include "keras/json.h"
#include "support/expect_error.h"

namespace ktrain {
namespace {

using testing::expect_error;

constexpr const char* kModel = R"({"class_name": "Sequential", "config": {"layers": [
  {"class_name": "BatchNormalization", "config": {"name": "a", "momentum": 0.9}}]},
  "compile_config": {"optimizer": {"class_name": "SGD", "config": {"learning_rate": 0.5, "extra": "kept"}}}})";

TEST(BatchRecord, IsReadAsItWasWritten) {
  const BatchRecord batch = {.base_batch = 32,
                             .global_batch = 256,
                             .rule = "linear",
                             .base = base_numbers_of(kModel),
                             .state = StateOrigin{64, 1001}};
  const std::string record = with_batch_record(R"({"epoch": 3})", batch);
  const BatchRecord read = read_batch_record(record, "m.keras");
  EXPECT_TRUE(read.of_training);
  EXPECT_EQ(read.base_batch, 32);
  EXPECT_EQ(read.global_batch, 256);
  EXPECT_EQ(read.rule, "linear");
  ASSERT_TRUE(read.base && read.state);
  EXPECT_EQ(read.base->batch_normalization_momenta, std::vector{0.9});
  EXPECT_EQ(Json::parse(read.base->optimizer), Json::parse(kModel)["compile_config"]["optimizer"]);
  EXPECT_EQ(read.state->batch, 64);
  EXPECT_EQ(read.state->iterations, 1001);
  EXPECT_EQ(Json::parse(with_batch_record(record, {})), Json::parse(R"({"epoch": 3})"));
  EXPECT_EQ(with_batch_record("", {}), "");
  EXPECT_FALSE(read_batch_record("", "m.keras").base_batch);
}

TEST(BatchRecord, BringsBackTheNumbersThatWere) {
  Json other = Json::parse(kModel);
  other["config"]["layers"][0]["config"]["momentum"] = 0.4;
  other["compile_config"]["optimizer"]["config"]["learning_rate"] = 4;
  const std::string back = with_base_numbers(dump_json(other), base_numbers_of(kModel), "m.keras");
  EXPECT_EQ(Json::parse(back), Json::parse(kModel));
}

TEST(BatchRecord, ADamagedOneIsRefused) {
  for (const char* bad :
       {R"({"base_batch": 0})", R"({"global_batch": "many"})", R"({"base_batch": -3})",
        R"({"base": {"optimizer": null}})", R"({"base": {"batch_normalization_momentum": ["x"]}})",
        R"({"state": {"batch": 3}})"}) {
    expect_error(
        ExitCode::kData, [&] { read_batch_record(bad, "m.keras"); },
        "m.keras: ktrain's record of the training");
  }
  expect_error(
      ExitCode::kData,
      [] { with_base_numbers(kModel, {.optimizer = "", .batch_normalization_momenta = {}}, "m.keras"); },
      "batch_normalization_momentum is damaged");
}

}  // namespace
}  // namespace ktrain
