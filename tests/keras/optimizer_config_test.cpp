#include "keras/optimizer_config.h"

#include <gtest/gtest.h>

#include "ktrain/core/error.h"
#include "ktrain/optim/learning_rate_schedule.h"
#include "support/expect_error.h"

namespace ktrain {
namespace {

std::unique_ptr<Optimizer> read(const char* json) {
  return read_optimizer_config(Json::parse(json));
}

// Written by Keras 3.15.1.
constexpr const char* kAdamW = R"({"module": "keras.optimizers", "class_name": "AdamW", "config": {
  "name": "adam_w", "learning_rate": 0.0010000000474974513, "weight_decay": 0.5, "clipnorm": null,
  "global_clipnorm": 1.5, "clipvalue": null, "use_ema": true, "ema_momentum": 0.9, "ema_overwrite_frequency": 7,
  "loss_scale_factor": null, "gradient_accumulation_steps": 3, "beta_1": 0.8, "beta_2": 0.999, "epsilon": 1e-07,
  "amsgrad": true}, "registered_name": null})";

TEST(OptimizerConfig, ReadsWhatKerasWrites) {
  const auto optimizer = read(kAdamW);
  EXPECT_EQ(optimizer->class_name(), "AdamW");
  EXPECT_EQ(optimizer->learning_rate(), 0.0010000000474974513);
  const OptimizerOptions& options = optimizer->options();
  EXPECT_EQ(options.weight_decay, 0.5);
  EXPECT_EQ(options.global_clipnorm, 1.5);
  EXPECT_FALSE(options.clipnorm.has_value());
  EXPECT_EQ(options.use_ema, true);
  EXPECT_EQ(options.ema_momentum, 0.9);
  EXPECT_EQ(options.ema_overwrite_frequency, 7);
  EXPECT_EQ(options.gradient_accumulation_steps, 3);
  EXPECT_EQ(options.beta_1, 0.8);
  EXPECT_EQ(options.amsgrad, true);
}

TEST(OptimizerConfig, IsWrittenAsItWasRead) {
  Json object = Json::parse(kAdamW);
  object["config"].erase("loss_scale_factor");  // unknown to Keras 3.0, and null
  EXPECT_EQ(write_optimizer_config(*read_optimizer_config(object)), object);
  const Json muon = write_optimizer_config(*read(R"({"class_name": "Muon", "config": {"rms_rate": null}})"));
  EXPECT_TRUE(muon["config"]["rms_rate"].is_null());
  EXPECT_TRUE(muon["config"]["ns_steps"].is_number_integer());
}

// Keras refuses a learning rate or a momentum that is an integer in JSON.
TEST(OptimizerConfig, WritesFloatsAsFloats) {
  const auto optimizer = read(R"({"class_name": "SGD", "config": {"learning_rate": 1, "momentum": 0}})");
  const std::string text = write_optimizer_config(*optimizer).dump();
  EXPECT_NE(text.find(R"("learning_rate":1.0)"), std::string::npos) << text;
  EXPECT_NE(text.find(R"("momentum":0.0)"), std::string::npos) << text;
}

TEST(OptimizerConfig, KnowsKerasNamesOfOtherTimesAndPlaces) {
  EXPECT_EQ(read(R"("rmsprop")")->class_name(), "RMSprop");
  EXPECT_EQ(read(R"({"module": "keras.src.backend.torch.optimizers.torch_adam", "class_name": "Adam",
                     "config": {}, "registered_name": "Adam"})")
                ->class_name(),
            "Adam");
  const auto custom = read(R"({"class_name": "Custom>Adam", "config": {"name": "Adam", "weight_decay": null,
    "clipnorm": null, "use_ema": false, "ema_overwrite_frequency": null, "jit_compile": true,
    "is_legacy_optimizer": false, "learning_rate": 0.25, "beta_1": 0.5}})");
  EXPECT_EQ(custom->learning_rate(), 0.25);
  EXPECT_EQ(custom->options().beta_1, 0.5);
  EXPECT_EQ(read(R"({"class_name": "SGD", "config": {"lr": 0.5}})")->learning_rate(), 0.5);
}

TEST(OptimizerConfig, TurnsDecayIntoItsSchedule) {
  const auto optimizer = read(R"({"class_name": "SGD", "config": {"learning_rate": 0.5, "decay": 0.25}})");
  ASSERT_NE(optimizer->options().schedule, nullptr);
  EXPECT_DOUBLE_EQ(optimizer->options().schedule->at(4), 0.25);
  EXPECT_EQ(read(R"({"class_name": "SGD", "config": {"decay": 0.0}})")->options().schedule, nullptr);
}

TEST(OptimizerConfig, CarriesSchedules) {
  const Json schedule = Json::parse(R"({"module": "keras.optimizers.schedules", "class_name": "CosineDecay",
    "config": {"initial_learning_rate": 0.1, "decay_steps": 100, "alpha": 0.0, "name": "CosineDecay",
               "warmup_target": null, "warmup_steps": 0}, "registered_name": null})");
  const auto optimizer =
      read_optimizer_config({{"class_name", "Adam"}, {"config", {{"learning_rate", schedule}}}});
  EXPECT_EQ(write_optimizer_config(*optimizer)["config"]["learning_rate"], schedule);
  EXPECT_EQ(optimizer->learning_rate(), 0.1);
}

TEST(OptimizerConfig, SaysWhatItDoesNotSupport) {
  const auto refused = [](const char* json, const auto&... words) {
    testing::expect_error(
        ExitCode::kConfiguration, [&] { read(json); }, words...);
  };
  refused(R"({"class_name": "Yogi", "config": {}})", "Yogi", "Adam");
  refused(R"({"class_name": "LossScaleOptimizer", "config": {"inner_optimizer": {}}})", "inner_optimizer");
  refused(R"({"class_name": "Adam", "config": {"momentum": 0.5}})", "Adam", "'momentum'");
  refused(R"({"class_name": "Adam", "config": {"beta_1": "half"}})", "Adam", "'beta_1'", "half");
  refused(R"({"class_name": "Adam", "config": {"beta_1": null}})", "'beta_1'");
  refused(R"({"class_name": "Adam", "config": {"amsgrad": 1}})", "'amsgrad'");
  refused(R"({"class_name": "SGD", "config": {"momentum": 2.0}})", "momentum");
  refused(R"({"class_name": "Muon", "config": {"rms_rate": 0.0}})", "'rms_rate'");
  refused(R"({"class_name": "SGD", "config": {"learning_rate": {"class_name": "MySchedule", "config": {}}}})",
          "MySchedule");
  refused(R"({"class_name": "SGD", "config": {"learning_rate": {"class_name": "CosineDecay",
              "config": {"initial_learning_rate": 0.1, "decay_steps": 5, "power": 2}}}})",
          "CosineDecay", "'power'");
}

}  // namespace
}  // namespace ktrain
