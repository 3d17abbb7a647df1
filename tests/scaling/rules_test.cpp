#include "scaling/rules.h"

#include <cmath>

#include "scaling/formulas.h"
#include "scaling_cases.h"

namespace ktrain {
namespace {

struct SgdCase {
  const char* rule;
  double floor;
  std::int64_t batch;
  double learning_rate, momentum, tolerance;
};

// From learning rate 0.1 and momentum 0.9 at batch 32.
TEST(SgdRules, Vectors) {
  const std::vector<SgdCase> cases = {
      {"linear", 0.7, 256, 0.8, 0.9, 1e-15},
      {"sqrt", 0.7, 256, 0.28284271, 0.9, 5e-9},
      {"momentum_raise", 0.7, 256, 0.1, 0.9875, 1e-15},
      {"half_life", 0, 256, 4.5562623, 0.43046721, 5e-8},
      {"half_life", 0.7, 256, 2.4, 0.7, 1e-14},
      {"linear", 0.7, 8, 0.025, 0.9, 1e-15},
      {"half_life", 0.7, 8, 0.0064990634, 0.97400375, 5e-9},
      {"half_life", 0.7, 64, 0.38, 0.81, 1e-14},
      {"half_life", 0, 128, 1.3756, 0.6561, 1e-14},
      {"half_life", 0, 512, 13.035168, 0.18530202, 5e-7},
      {"half_life", 0.7, 512, 4.8, 0.7, 1e-14},
  };
  for (const SgdCase& one : cases) {
    SCOPED_TRACE(testing::Message() << one.rule << " " << one.batch);
    const ScaledRun run =
        scale_run(sgd(0.1, 0.9), {32, one.batch}, {.rule = one.rule, .momentum_floor = one.floor});
    EXPECT_NEAR(run.hyper_parameters.learning_rate, one.learning_rate, one.tolerance);
    EXPECT_NEAR(*run.hyper_parameters.momentum, one.momentum, 5e-9);
    EXPECT_NEAR(run.learning_rate_factor * 0.1, run.hyper_parameters.learning_rate, 1e-15);
  }
}

TEST(SgdRules, TheNoiseStaysUnderAllButSqrt) {
  const auto noise = [](const char* rule, double floor) {
    const ScaledRun run = scale_run(sgd(0.1, 0.9), {32, 256}, {.rule = rule, .momentum_floor = floor});
    const HyperParameters& scaled = run.hyper_parameters;
    return sde_noise(scaled.learning_rate, *scaled.momentum, 256, 60000);
  };
  for (const char* rule : {"linear", "momentum_raise", "half_life"}) {
    EXPECT_NEAR(noise(rule, 0.7), 1875, 1e-9) << rule;
  }
  EXPECT_NEAR(noise("half_life", 0), 1875, 1e-9);
  EXPECT_NEAR(noise("sqrt", 0.7), 1875 / std::sqrt(8), 1e-9);
}

TEST(SgdRules, TheFloorNeverRaisesAMomentum) {
  const ScaledRun run = scale(sgd(0.1, 0.5), 32, 64, "half_life");
  EXPECT_EQ(run.hyper_parameters.momentum, 0.5);
  EXPECT_NEAR(run.hyper_parameters.learning_rate, 0.2, 1e-15);
}

TEST(SgdRules, HalfLifeWithoutMomentumIsLinear) {
  EXPECT_NEAR(scale(sgd(0.1, 0), 32, 256, "half_life").hyper_parameters.learning_rate, 0.8, 1e-15);
}

TEST(SgdRules, Adascale) {
  EXPECT_NEAR(scale(sgd(1, 0.9), 32, 256, "adascale", 1000).hyper_parameters.learning_rate, 6.573248, 5e-7);
  EXPECT_NEAR(scale(sgd(1, 0.9), 32, 8, "adascale", 1000).hyper_parameters.learning_rate, 0.255952, 5e-7);
  EXPECT_EQ(scale(sgd(1, 0.9), 32, 256, "adascale").hyper_parameters.learning_rate, 1);
}

struct AdamCase {
  std::int64_t batch;
  double learning_rate, beta_1, beta_1_linear, beta_2, beta_2_linear, epsilon;
};

TEST(AdamRules, Vectors) {
  const std::vector<AdamCase> cases = {
      {256, 2.8284271e-3, 0.43046721, 0.2, 0.99202794, 0.992, 3.53553e-9},
      {128, 2e-3, 0.6561, 0.6, 0.99600600, 0.996, 5e-9},
      {8, 5e-4, 0.97400375, 0.975, 0.99974991, 0.99975, 2e-8},
  };
  for (const AdamCase& one : cases) {
    const HyperParameters power =
        scale_run(adam(), {32, one.batch}, {.rule = "adam_sde", .beta_1_floor = 0}).hyper_parameters;
    EXPECT_NEAR(power.learning_rate, one.learning_rate, 5e-11);
    EXPECT_NEAR(*power.beta_1, one.beta_1, 5e-9);
    EXPECT_NEAR(*power.beta_2, one.beta_2, 5e-9);
    EXPECT_NEAR(*power.epsilon, one.epsilon, 5e-15);
    const ScaledRun linear =
        scale_run(adam(), {32, one.batch}, {.rule = "adam_sde", .beta_form = BetaForm::kLinear});
    EXPECT_NEAR(*linear.hyper_parameters.beta_1, one.beta_1_linear, 1e-12);
    EXPECT_NEAR(*linear.hyper_parameters.beta_2, one.beta_2_linear, 1e-12);
  }
  EXPECT_NEAR(*scale(adam(1e-3, 1e-7), 32, 256, "adam_sde").hyper_parameters.epsilon, 3.53553e-8, 5e-14);
}

double beta_1_at(std::int64_t batch, const ScalingOptions& options, double beta_1 = 0.9) {
  HyperParameters base = adam();
  base.beta_1 = beta_1;
  return *scale_run(base, {32, batch, 1000}, options).hyper_parameters.beta_1;
}

TEST(AdamRules, TheFirstBetaHasAFloor) {
  for (const char* rule : {"adam_sde", "adam_drift", "adam_invariant", "surge_guard"}) {
    SCOPED_TRACE(rule);
    EXPECT_NEAR(beta_1_at(512, {.rule = rule, .beta_1_floor = 0}), 0.18530202, 5e-9);
    EXPECT_NEAR(beta_1_at(96, {.rule = rule}), 0.729, 1e-12);
    EXPECT_EQ(beta_1_at(128, {.rule = rule}), 0.7);
    EXPECT_EQ(beta_1_at(512, {.rule = rule}), 0.7);
    EXPECT_EQ(beta_1_at(512, {.rule = rule, .beta_1_floor = 0.8}), 0.8);
    EXPECT_EQ(beta_1_at(64, {.rule = rule}, 0.5), 0.5);  // which raises none
    EXPECT_NEAR(beta_1_at(16, {.rule = rule}, 0.49), 0.7, 1e-12);
  }
  EXPECT_NEAR(beta_1_at(128, {.rule = "adam_sde", .beta_form = BetaForm::kLinear}), 0.6, 1e-12);
}

TEST(AdamRules, TheFloorLeavesTheOthers) {
  const ScaledRun floored = scale(adam(), 32, 512, "adam_sde");
  const ScaledRun pure = scale_run(adam(), {32, 512}, {.rule = "adam_sde", .beta_1_floor = 0});
  EXPECT_EQ(floored.hyper_parameters.learning_rate, pure.hyper_parameters.learning_rate);
  EXPECT_EQ(floored.hyper_parameters.beta_2, pure.hyper_parameters.beta_2);
  EXPECT_EQ(floored.hyper_parameters.epsilon, pure.hyper_parameters.epsilon);
  EXPECT_TRUE(any_holds(floored.explanation, "beta_1: 0.9 -> 0.7 (beta^kappa is below the floor 0.7"));
  EXPECT_EQ(scale(rmsprop(), 32, 512, "adam_sde").hyper_parameters.rho, std::pow(0.9, 16));
}

TEST(AdamRules, TheLinearFormIsRefusedWhereItIsNotAboveZero) {
  const ScalingOptions options = {.rule = "adam_sde", .beta_form = BetaForm::kLinear};
  expect_refusal([&] { scale_run(adam(), {32, 512}, options); }, ExitCode::kConfiguration, "-0.6");
}

TEST(AdamRules, EpsilonInsideTheRootGoesWithTheSquare) {
  const HyperParameters scaled = scale(rmsprop(), 32, 256, "adam_sde").hyper_parameters;
  EXPECT_NEAR(*scaled.epsilon, 1e-7 / 8, 1e-20);
  EXPECT_NEAR(*scaled.rho, 0.43046721, 5e-9);
  EXPECT_NEAR(scaled.learning_rate, 1e-3 * std::sqrt(8), 1e-15);
}

TEST(AdamRules, Drift) {
  EXPECT_NEAR(scale(adam(1), 32, 256, "adam_drift", 100).hyper_parameters.learning_rate, 4.644971, 5e-7);
  EXPECT_NEAR(scale(adam(1), 32, 256, "adam_drift", 1000).hyper_parameters.learning_rate, 3.120326, 5e-7);
  EXPECT_NEAR(scale(adam(1), 32, 256, "adam_drift", 1e4).hyper_parameters.learning_rate, 2.859830, 5e-7);
}

// Between adam_sde, where the noise dominates, and adam_invariant, where the signal does.
TEST(AdamRules, DriftHasTheOtherTwoAsLimits) {
  const HyperParameters noisy = scale(adam(), 32, 256, "adam_drift", 1e15).hyper_parameters;
  const HyperParameters sde = scale(adam(), 32, 256, "adam_sde").hyper_parameters;
  EXPECT_NEAR(noisy.learning_rate, sde.learning_rate, 1e-12);
  EXPECT_NEAR(*noisy.epsilon, *sde.epsilon, 1e-17);
  const HyperParameters clear = scale(adam(), 32, 256, "adam_drift", 0).hyper_parameters;
  const HyperParameters invariant = scale(adam(), 32, 256, "adam_invariant").hyper_parameters;
  EXPECT_EQ(clear.learning_rate, invariant.learning_rate);
  EXPECT_EQ(clear.epsilon, invariant.epsilon);
  EXPECT_EQ(invariant.learning_rate, 8e-3);
  EXPECT_EQ(invariant.beta_2, sde.beta_2);
}

// The step is lr·G / sqrt(E|g|²) with E|g|² = |G|² + tr(Sigma) / batch; per sample it must be the same.
TEST(AdamRules, DriftKeepsTheDisplacementPerSample) {
  for (const double phi : {3.0, 100.0, 1e4}) {
    for (const std::int64_t batch : {8, 64, 1024}) {
      const HyperParameters scaled = scale(adam(), 32, batch, "adam_drift", phi).hyper_parameters;
      const auto size = static_cast<double>(batch);
      const double before = 1e-3 / std::sqrt(1 + phi / 32) / 32;
      EXPECT_NEAR(scaled.learning_rate / std::sqrt(1 + phi / size) / size / before, 1, 1e-12);
    }
  }
}

TEST(AdamRules, HalfLifeInTokens) {
  HyperParameters base = adam();
  base.beta_2 = 0.95;
  const HyperParameters scaled = scale(base, 512, 1, "half_life_tokens").hyper_parameters;
  EXPECT_NEAR(*scaled.beta_2, 0.99989982, 5e-9);
  EXPECT_EQ(scaled.beta_1, 0.9);
  EXPECT_EQ(scaled.learning_rate, 1e-3);
}

TEST(AdamRules, Surge) {
  const HyperParameters scaled = scale(adam(), 32, 256, "surge_guard", 128).hyper_parameters;
  EXPECT_NEAR(scaled.learning_rate, 1e-3 * std::sqrt(8.0) * (1 + 32 / 128.0) / (1 + 256 / 128.0), 1e-15);
  EXPECT_NEAR(*scaled.beta_2, 0.99202794, 5e-9);
}

TEST(LayerwiseRules, LearningRateAndWarmup) {
  HyperParameters lamb = adam(1e-3, 1e-7, OptimizerFamily::kLamb);
  lamb.schedule.warmup_steps = 800;
  for (const char* rule : {"lamb", "legw"}) {
    const HyperParameters scaled = scale(lamb, 32, 256, rule).hyper_parameters;
    EXPECT_NEAR(scaled.learning_rate, 2.8284271e-3, 5e-11);
    EXPECT_EQ(scaled.schedule.warmup_steps, 800);
    EXPECT_EQ(scaled.beta_1, 0.9);
  }
  HyperParameters lars = sgd(0.1, 0.9);
  lars.optimizer = OptimizerFamily::kLars;
  lars.schedule.warmup_steps = 800;
  const HyperParameters scaled = scale(lars, 32, 256, "lars").hyper_parameters;
  EXPECT_EQ(scaled.learning_rate, 0.8);
  EXPECT_EQ(scaled.schedule.warmup_steps, 100);
}

TEST(CustomRule, TakesTheCallersFactors) {
  const ScalingOptions options = {
      .rule = "custom",
      .custom = CustomFactors{.learning_rate = 3, .beta_1_power = 2, .beta_2_power = 0.5, .epsilon = 0.1}};
  const HyperParameters scaled = scale_run(adam(), {32, 256}, options).hyper_parameters;
  EXPECT_NEAR(scaled.learning_rate, 3e-3, 1e-15);
  EXPECT_NEAR(*scaled.beta_1, 0.81, 1e-12);
  EXPECT_NEAR(*scaled.beta_2, std::sqrt(0.999), 1e-12);
  EXPECT_NEAR(*scaled.epsilon, 1e-9, 1e-20);
}

std::string chosen(OptimizerFamily family, std::int64_t batch, std::optional<double> noise_scale = {}) {
  HyperParameters base = adam(1e-3, 1e-7, family);
  base.momentum = 0.9;
  return scale(base, 32, batch, "auto", noise_scale).rule;
}

TEST(AutoRule, DependsOnTheOptimizer) {
  using enum OptimizerFamily;
  EXPECT_EQ(scale(sgd(0.1, {}), 32, 64, "auto").rule, "linear");
  EXPECT_EQ(scale(sgd(0.1, 0), 32, 64, "auto").rule, "linear");
  EXPECT_EQ(chosen(kSgd, 128), "half_life");
  EXPECT_EQ(chosen(kSgd, 129), "linear");
  for (const OptimizerFamily family : {kRmsprop, kAdam, kAdamW, kNadam, kAdamax}) {
    EXPECT_EQ(chosen(family, 64), "adam_drift") << optimizer_name(family);
    EXPECT_EQ(chosen(family, 64, 1000), "adam_drift") << optimizer_name(family);
  }
  EXPECT_EQ(chosen(kLion, 64, 1000), "adam_sde");
  EXPECT_EQ(chosen(kLamb, 64), "lamb");
  EXPECT_EQ(chosen(kLars, 64), "lars");
  EXPECT_EQ(chosen(kAdagrad, 64), "none");
}

// 4 base batches, or the new batch: a gradient whose noise at the new batch is as large as itself.
TEST(AutoRule, TakesANoiseScaleWhereNoneIsKnown) {
  const auto same = [](std::int64_t batch, double noise_scale) {
    const ScaledRun run = scale(adam(), 32, batch, "auto");
    EXPECT_EQ(run.hyper_parameters.learning_rate,
              scale(adam(), 32, batch, "adam_drift", noise_scale).hyper_parameters.learning_rate);
    EXPECT_EQ(run.noise_scale, noise_scale);
    EXPECT_TRUE(any_holds(run.warnings, "is not known and taken as"));
  };
  same(8, 128);
  same(128, 128);
  same(1024, 1024);
  EXPECT_NEAR(scale(adam(), 32, 128, "auto").learning_rate_factor, 4 * std::sqrt(2.0 / 5), 1e-12);
  EXPECT_NEAR(scale(adam(), 32, 1024, "auto").learning_rate_factor, 32 * std::sqrt(2.0 / 33), 1e-12);
  EXPECT_FALSE(any_holds(scale(adam(), 32, 1024, "auto", 1000).warnings, "is not known"));
}

TEST(AutoRule, WarnsWhereNoRuleIsKnown) {
  using enum OptimizerFamily;
  for (const OptimizerFamily family : {kAdadelta, kFtrl, kAdafactor, kMuon, kScheduleFreeAdamW}) {
    const ScaledRun run = scale({.optimizer = family, .learning_rate = 1e-3}, 32, 64, "auto");
    EXPECT_EQ(run.rule, "none");
    EXPECT_EQ(run.hyper_parameters.learning_rate, 1e-3);
    const std::string name(optimizer_name(family));
    EXPECT_TRUE(any_holds(run.warnings, name)) << name;
    const HyperParameters base = {.optimizer = family, .learning_rate = 1e-3};
    EXPECT_TRUE(any_holds(scale(base, 32, 64, "sqrt").warnings, name)) << name;
  }
}

TEST(Rules, AnUnknownNameIsAnsweredWithTheKnownOnes) {
  for (const std::string& name : scaling_rule_names()) {
    expect_refusal([] { scale(sgd(0.1, 0.9), 32, 64, "cubic"); }, ExitCode::kUsage, name);
  }
  expect_refusal([] { optimizer_family("Sgdd"); }, ExitCode::kUsage, "RMSprop");
  EXPECT_EQ(optimizer_family("AdamW"), OptimizerFamily::kAdamW);
}

TEST(Rules, RefuseAnotherOptimizer) {
  const std::vector<std::pair<const char*, HyperParameters>> cases = {{"half_life", adam()},
                                                                      {"momentum_raise", adam()},
                                                                      {"momentum_raise", sgd(0.1, 0)},
                                                                      {"adascale", adam()},
                                                                      {"adam_sde", sgd(0.1, 0.9)},
                                                                      {"adam_drift", sgd(0.1, 0.9)},
                                                                      {"lamb", adam()},
                                                                      {"lars", sgd(0.1, 0.9)},
                                                                      {"half_life_tokens", rmsprop()},
                                                                      {"adam_invariant", sgd(0.1, 0.9)},
                                                                      {"surge_guard", sgd(0.1, 0.9)}};
  for (const auto& [rule, base] : cases) {
    expect_refusal([&, name = rule, &one = base] { scale(one, 32, 64, name, 1000); },
                   ExitCode::kConfiguration, rule);
  }
}

TEST(Rules, RefuseWhatTheyLack) {
  expect_refusal([] { scale(adam(), 32, 64, "adam_drift"); }, ExitCode::kConfiguration, "noise scale");
  expect_refusal([] { scale(adam(), 32, 64, "surge_guard"); }, ExitCode::kConfiguration, "noise scale");
  expect_refusal([] { scale(adam(), 32, 64, "custom"); }, ExitCode::kConfiguration, "factors");
  expect_refusal([] { scale(sgd(0.1, 0.9), 32, 2, "momentum_raise"); }, ExitCode::kConfiguration, "negative");
  expect_refusal(
      [] {
        scale_run(sgd(0.1, 0.9), {32, 64}, {.rule = "half_life", .momentum_floor = 1});
      },
      ExitCode::kConfiguration, "momentum_floor=1");
  expect_refusal(
      [] {
        scale_run(adam(), {32, 64}, {.rule = "adam_sde", .beta_1_floor = -0.1});
      },
      ExitCode::kConfiguration, "beta_1_floor=-0.1");
  expect_refusal(
      [] {
        scale_run(adam(), {32, 64}, {.rule = "custom", .custom = CustomFactors{.epsilon = 0}});
      },
      ExitCode::kConfiguration, "above 0");
  expect_refusal(
      [] {
        scale_run(adam(), {32, 64}, {.rule = "sqrt", .custom = CustomFactors{}});
      },
      ExitCode::kConfiguration, "custom");
}

}  // namespace
}  // namespace ktrain
