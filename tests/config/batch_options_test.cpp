#include <gtest/gtest.h>

#include <algorithm>

#include "config/reading.h"

namespace ktrain {
namespace {

TEST(BatchOptions, StratifyIsProportionalOrBalanced) {
  EXPECT_EQ(read({}).stratify, "off");
  EXPECT_EQ(read({"--stratify", "proportional"}).stratify, "proportional");
  EXPECT_EQ(read({}, {"KTRAIN_STRATIFY=balanced"}).stratify, "balanced");
  expect_refused(ExitCode::kUsage, {"--stratify", "on"},
                 "--stratify on: must be one of: off, proportional, balanced");
}

TEST(BatchOptions, TheNoiseScaleIsMeasuredInTrainingOrByItself) {
  EXPECT_FALSE(read({}).measure_noise_scale);
  const RunConfig config = read({"--measure-noise-scale", "--noise-scale-every", "5000"});
  EXPECT_TRUE(config.measure_noise_scale);
  EXPECT_EQ(config.noise_scale_every, 5000);
  const RunConfig command =
      read({"noise-scale", "--steps", "9", "--class-weight", "balanced", "--freeze", "a"});
  EXPECT_EQ(command.command, Command::kNoiseScale);
  EXPECT_EQ(command.steps, 9);
  EXPECT_TRUE(command.data.ends_with("split=train"));
  expect_refused(ExitCode::kConfiguration, {"--noise-scale-every", "5000"},
                 "--noise-scale-every needs --measure-noise-scale");
  expect_refused(ExitCode::kConfiguration, {"--measure-noise-scale", "--batchnorm", "local"},
                 "--measure-noise-scale and --batchnorm local exclude each other");
}

TEST(BatchOptions, AnAdaptiveBatchMeasuresTheNoiseScale) {
  EXPECT_FALSE(read({}).adaptive_batch);
  const RunConfig config = read(words("--adaptive-batch 0.75 --min-batch 64 --max-batch 1024"));
  EXPECT_EQ(config.adaptive_batch, 0.75);
  EXPECT_EQ(config.min_batch, 64);
  EXPECT_EQ(config.max_batch, 1024);
  EXPECT_EQ(config.adapt_every.epochs, 1);
  EXPECT_TRUE(config.measure_noise_scale);
  EXPECT_EQ(read(words("--adaptive-batch .5 --adapt-every 5000")).adapt_every.samples, 5000);
  EXPECT_EQ(read({}, {"KTRAIN_ADAPTIVE_BATCH=0.9"}).adaptive_batch, 0.9);
  EXPECT_FALSE(read({"--adaptive-batch", "none"}, {"KTRAIN_ADAPTIVE_BATCH=0.9"}).measure_noise_scale);
  EXPECT_EQ(read(words("--adaptive-batch .5 --noise-scale-every 100")).noise_scale_every, 100);
  for (const char* option : {"--min-batch", "--max-batch", "--adapt-every"}) {
    expect_refused(ExitCode::kConfiguration, {option, "64"}, std::string(option) + " needs --adaptive-batch");
  }
  expect_refused(ExitCode::kConfiguration, {"--adaptive-batch", "0.8", "--batch-schedule", "0:32,1:64"},
                 "--batch-schedule and --adaptive-batch exclude each other");
  expect_refused(ExitCode::kConfiguration, {"--adaptive-batch", "0.8", "--batchnorm", "local"},
                 "--adaptive-batch and --batchnorm local exclude each other");
  for (const char* value : {"0", "1", "on"}) {
    EXPECT_THROW(read({"--adaptive-batch", value}), Error) << value;
  }
}

TEST(BatchOptions, BatchNormalizationInGroupsOfSamples) {
  const RunConfig ghost = read({"--batchnorm", "ghost:32"});
  EXPECT_TRUE(ghost.global_batchnorm);
  EXPECT_EQ(ghost.ghost_batchnorm, 32);
  const std::vector<Field> fields = to_fields(ghost);
  EXPECT_EQ(std::get<std::string>(std::ranges::find(fields, "batchnorm", &Field::name)->value), "ghost:32");
  EXPECT_EQ(read({}).ghost_batchnorm, 0);
  EXPECT_EQ(read({"--batchnorm", "local"}).ghost_batchnorm, 0);
  EXPECT_TRUE(read({"--reproducible", "--batchnorm", "ghost:8"}).reproducible);
  const std::string whole = "N must be a whole number of at least 2";
  expect_refused(ExitCode::kUsage, {"--batchnorm", "ghost:1"}, "--batchnorm ghost:1: " + whole);
  expect_refused(ExitCode::kUsage, {"--batchnorm", "ghost:"}, "--batchnorm ghost:: " + whole);
  expect_refused(ExitCode::kUsage, {"--batchnorm", "ghost:2.5"}, "--batchnorm ghost:2.5: " + whole);
}

TEST(BatchOptions, Recalibrates) {
  const RunConfig config = read(words("recalibrate --model m.keras --save n.keras --recalibrate-batches 7"));
  EXPECT_EQ(config.command, Command::kRecalibrate);
  EXPECT_EQ(config.recalibrate_batches, 7);
  EXPECT_TRUE(config.data.ends_with("split=train"));
  EXPECT_FALSE(read({}).recalibrate);
  EXPECT_TRUE(read(words("--recalibrate --recalibrate-batches 2")).recalibrate);
  expect_refused(ExitCode::kConfiguration, {"--recalibrate-batches", "2"},
                 "--recalibrate-batches needs --recalibrate");
  expect_refused(ExitCode::kUsage, {"recalibrate"}, "ktrain recalibrate needs --save FILE");
}

}  // namespace
}  // namespace ktrain
