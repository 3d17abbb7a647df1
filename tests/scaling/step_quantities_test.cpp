#include "scaling/step_quantities.h"

#include <cmath>

#include "scaling_cases.h"

namespace ktrain {
namespace {

HyperParameters with_steps() {
  HyperParameters base = sgd(0.1, 0.9);
  base.ema_momentum = 0.999;
  base.ema_overwrite_frequency = 100;
  base.batch_normalization_momentum = {0.99, 0.9};
  base.schedule = {.boundaries = {800, 1600},
                   .total_steps = 4000,
                   .decay_per_step = 0.9999,
                   .inverse_time_decay = 1e-3,
                   .warmup_steps = 400};
  base.cadences = {{"evaluation", 40}, {"logging", 3}};
  return base;
}

TEST(StepQuantities, StayWhereTheyWereInSamples) {
  const HyperParameters scaled = scale(with_steps(), 32, 256, "linear").hyper_parameters;
  EXPECT_EQ(scaled.schedule.boundaries, (std::vector<double>{100, 200}));
  EXPECT_EQ(scaled.schedule.total_steps, 500);
  EXPECT_EQ(scaled.schedule.warmup_steps, 50);
  EXPECT_NEAR(*scaled.schedule.decay_per_step, 0.99920028, 5e-9);
  EXPECT_EQ(scaled.schedule.inverse_time_decay, 8e-3);
  EXPECT_EQ(scaled.cadences[0].steps, 5);
  EXPECT_EQ(scaled.cadences[1].steps, 1);
  EXPECT_EQ(scaled.ema_overwrite_frequency, 13);  // 12.5
}

// lr·gamma^t and lr / (1 + d·t) after 6400 samples.
TEST(StepQuantities, DecaysAreTheSameFunctionOfSamples) {
  const StepSchedule base = with_steps().schedule;
  const StepSchedule scaled = scale(with_steps(), 32, 256, "linear").hyper_parameters.schedule;
  EXPECT_NEAR(std::pow(*scaled.decay_per_step, 25), std::pow(*base.decay_per_step, 200), 1e-12);
  EXPECT_NEAR(1 + *scaled.inverse_time_decay * 25, 1 + *base.inverse_time_decay * 200, 1e-12);
}

TEST(StepQuantities, AveragesKeepTheirMemoryInSamples) {
  const HyperParameters scaled = scale(with_steps(), 32, 256, "linear").hyper_parameters;
  EXPECT_NEAR(*scaled.ema_momentum, 0.99202794, 5e-9);
  EXPECT_NEAR(scaled.batch_normalization_momentum[0], 0.92274469, 5e-9);
  EXPECT_NEAR(scaled.batch_normalization_momentum[1], 0.43046721, 5e-9);
  const HyperParameters shrunk = scale(with_steps(), 32, 8, "linear").hyper_parameters;
  EXPECT_NEAR(shrunk.batch_normalization_momentum[0], 0.99749057, 5e-9);
  EXPECT_EQ(shrunk.ema_overwrite_frequency, 400);
}

TEST(StepQuantities, CanBeKept) {
  const ScalingOptions options = {.rule = "linear",
                                  .ema = AverageScaling::kFixed,
                                  .batch_normalization = AverageScaling::kFixed,
                                  .steps = StepScaling::kFixed};
  const HyperParameters base = with_steps();
  const HyperParameters scaled = scale_run(base, {32, 256}, options).hyper_parameters;
  EXPECT_EQ(scaled.ema_momentum, base.ema_momentum);
  EXPECT_EQ(scaled.ema_overwrite_frequency, base.ema_overwrite_frequency);
  EXPECT_EQ(scaled.batch_normalization_momentum, base.batch_normalization_momentum);
  EXPECT_EQ(scaled.schedule.boundaries, base.schedule.boundaries);
  EXPECT_EQ(scaled.schedule.warmup_steps, base.schedule.warmup_steps);
  EXPECT_EQ(scaled.cadences[0].steps, 40);
}

// AdaScale reads its schedule at the sum of the gains, which counts steps of the base batch.
TEST(StepQuantities, AdascaleKeepsItsSchedule) {
  HyperParameters base = with_steps();
  base.weight_decay = 0.01;
  const HyperParameters scaled = scale(base, 32, 256, "adascale", 1000).hyper_parameters;
  EXPECT_EQ(scaled.schedule.total_steps, 4000);
  EXPECT_EQ(scaled.schedule.warmup_steps, 400);
  EXPECT_EQ(scaled.weight_decay, 0.01);
  EXPECT_EQ(scaled.cadences[0].steps, 5);
}

TEST(WeightDecay, KeepsTheShrinkingPerSample) {
  HyperParameters base = adam(1e-3, 1e-8, OptimizerFamily::kAdamW);
  base.weight_decay = 0.01;
  EXPECT_NEAR(*scale(base, 32, 256, "adam_sde").hyper_parameters.weight_decay, 0.0282843, 5e-8);
  EXPECT_EQ(scale(base, 32, 256, "linear").hyper_parameters.weight_decay, 0.01);
  EXPECT_EQ(scale(base, 32, 256, "none").hyper_parameters.weight_decay, 0.08);
  base.optimizer = OptimizerFamily::kLion;
  EXPECT_NEAR(*scale(base, 32, 256, "adam_sde").hyper_parameters.weight_decay, 0.0282843, 5e-8);
  const ScalingOptions fixed = {.rule = "adam_sde", .decay = DecayScaling::kFixed};
  EXPECT_EQ(scale_run(base, {32, 256}, fixed).hyper_parameters.weight_decay, 0.01);
}

TEST(WeightDecay, UnderHalfLifeGoesWithTheVelocity) {
  HyperParameters base = sgd(0.1, 0.9);
  base.weight_decay = 0.01;
  const HyperParameters scaled = scale(base, 32, 64, "half_life").hyper_parameters;
  EXPECT_NEAR(*scaled.weight_decay, 0.01 * (1 - 0.9) / (1 - 0.81), 1e-15);
}

TEST(Clip, MatchesTheRateWhenAsked) {
  HyperParameters base = sgd(0.1, 0.9);
  base.clip_norm = 1;
  EXPECT_EQ(scale(base, 32, 256, "linear", 1000).hyper_parameters.clip_norm, 1);
  const ScalingOptions options = {.rule = "linear", .clip = ClipScaling::kMatchRate};
  EXPECT_NEAR(*scale_run(base, {32, 256, 1000}, options).hyper_parameters.clip_norm, 0.390041, 5e-7);
  expect_refusal([&] { scale_run(base, {32, 256}, options); }, ExitCode::kConfiguration, "match_rate");
}

}  // namespace
}  // namespace ktrain
