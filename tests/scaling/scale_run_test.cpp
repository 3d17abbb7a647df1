#include "scaling/scale_run.h"

#include <cmath>

#include "scaling/rules.h"
#include "scaling_cases.h"

namespace ktrain {
namespace {

/// Has everything, for this optimizer.
HyperParameters everything(OptimizerFamily family) {
  return {.optimizer = family,
          .learning_rate = 0.1,
          .momentum = 0.93,
          .rho = 0.9,
          .beta_1 = 0.91,
          .beta_2 = 0.997,
          .epsilon = 1e-7,
          .weight_decay = 0.013,
          .clip_norm = 1.7,
          .ema_momentum = 0.9991,
          .ema_overwrite_frequency = 100,
          .batch_normalization_momentum = {0.99, 0.9},
          .schedule = {.boundaries = {700, 1601},
                       .total_steps = 4003,
                       .decay_per_step = 0.9997,
                       .inverse_time_decay = 1e-3,
                       .warmup_steps = 403},
          .cadences = {{"evaluation", 41}, {"logging", 3}}};
}

std::vector<double> optional_numbers(const HyperParameters& h) {
  const StepSchedule& s = h.schedule;
  std::vector<double> all;
  for (const auto& value :
       {h.momentum, h.rho, h.beta_1, h.beta_2, h.epsilon, h.weight_decay, h.clip_norm, h.ema_momentum,
        s.total_steps, s.decay_per_step, s.inverse_time_decay, s.warmup_steps}) {
    all.push_back(value.value_or(-1));
  }
  return all;
}

/// All that are not rounded.
std::vector<double> numbers(const HyperParameters& h) {
  std::vector<double> all = optional_numbers(h);
  all.push_back(h.learning_rate);
  all.insert(all.end(), h.batch_normalization_momentum.begin(), h.batch_normalization_momentum.end());
  all.insert(all.end(), h.schedule.boundaries.begin(), h.schedule.boundaries.end());
  return all;
}

std::vector<std::int64_t> steps(const HyperParameters& h) {
  std::vector<std::int64_t> all = {h.ema_overwrite_frequency.value_or(0)};
  for (const Cadence& cadence : h.cadences) all.push_back(cadence.steps);
  return all;
}

OptimizerFamily family_for(const ScalingRule& rule) {
  using enum OptimizerFamily;
  for (const OptimizerFamily family : {kSgd, kAdamW, kLars, kLamb}) {
    if (rule.accepts(everything(family))) return family;
  }
  return kSgd;
}

ScalingOptions options_of(std::string_view rule) {
  ScalingOptions options = {.rule = std::string(rule), .clip = ClipScaling::kMatchRate};
  if (rule == "custom") options.custom = CustomFactors{.learning_rate = 3, .momentum_power = 2};
  return options;
}

// The batch changes, and changes back: what the rules see is always the base.
TEST(ScaleRun, ThereAndBackRestoresTheSameBits) {
  for (const ScalingRule& rule : scaling_rules()) {
    SCOPED_TRACE(rule.name);
    const HyperParameters base = everything(family_for(rule));
    const ScalingOptions options = options_of(rule.name);
    const ScaledRun away = scale_run(base, {48, 336, 1000}, options);
    const ScaledRun back = scale_run(base, {48, 48, 1000}, options);
    EXPECT_NE(numbers(away.hyper_parameters), numbers(base));
    EXPECT_EQ(numbers(back.hyper_parameters), numbers(base));
    EXPECT_EQ(steps(back.hyper_parameters), steps(base));
    EXPECT_EQ(back.learning_rate_factor, 1);
    EXPECT_EQ(back.explanation.size(), 1);
    EXPECT_TRUE(back.warnings.empty());
    const ScaledRun again = scale_run(base, {48, 336, 1000}, options);
    EXPECT_EQ(numbers(again.hyper_parameters), numbers(away.hyper_parameters));
  }
}

// A rule that needs the noise scale begins without one.
TEST(ScaleRun, AtTheBaseBatchNoNoiseScaleIsNeeded) {
  for (const char* rule : {"adam_drift", "surge_guard", "auto"}) {
    ScalingOptions options = options_of(rule);
    options.surge_guard = true;
    const HyperParameters base = everything(OptimizerFamily::kAdam);
    EXPECT_EQ(numbers(scale_run(base, {48, 48}, options).hyper_parameters), numbers(base)) << rule;
  }
}

void expect_group_law(const HyperParameters& base, const ScalingOptions& options) {
  for (const auto& [middle, end] : {std::pair{64, 256}, {128, 16}, {8, 64}}) {
    const ScaledRun first = scale_run(base, {32, middle}, options);
    const std::vector<double> twice =
        numbers(scale_run(first.hyper_parameters, {middle, end}, options).hyper_parameters);
    const std::vector<double> once = numbers(scale_run(base, {32, end}, options).hyper_parameters);
    for (std::size_t i = 0; i < once.size(); ++i) {
      EXPECT_NEAR(twice[i], once[i], 1e-12 * std::fabs(once[i])) << options.rule << " " << end << " " << i;
    }
  }
}

TEST(ScaleRun, TwoScalingsAreOne) {
  expect_group_law(everything(OptimizerFamily::kSgd), {.rule = "linear"});
  expect_group_law(everything(OptimizerFamily::kSgd), {.rule = "sqrt"});
  expect_group_law(everything(OptimizerFamily::kSgd), {.rule = "half_life", .momentum_floor = 0});
  for (const char* rule : {"adam_sde", "adam_invariant", "half_life_tokens"}) {
    expect_group_law(everything(OptimizerFamily::kAdamW), {.rule = rule, .beta_1_floor = 0});
  }
}

TEST(ScaleRun, ExplainsEachChange) {
  const ScaledRun run = scale(sgd(0.1, 0.9), 32, 64, "auto");
  ASSERT_EQ(run.explanation.size(), 3);
  EXPECT_NE(run.explanation[0].find("batch 32 -> 64, kappa 2: rule half_life"), std::string::npos);
  EXPECT_NE(run.explanation[1].find("learning_rate: 0.1 -> 0.38 (times kappa"), std::string::npos);
  EXPECT_NE(run.explanation[2].find("momentum: 0.9 -> 0.81 (momentum^kappa"), std::string::npos);
  EXPECT_TRUE(any_holds(scale(sgd(0.1, 0.9), 32, 256, "half_life").explanation, "below the floor 0.7"));
  HyperParameters layers = sgd(0.1, 0.9);
  layers.batch_normalization_momentum = {0.99, 0.99, 0.99};
  EXPECT_EQ(scale(layers, 32, 64, "auto").explanation.size(), 4);
}

TEST(ScaleRun, WarnsFarFromTheBase) {
  EXPECT_TRUE(any_holds(scale(sgd(0.1, 0.9), 32, 256, "linear").warnings, "kappa 8"));
  EXPECT_TRUE(any_holds(scale(sgd(0.1, 0.9), 32, 4, "linear").warnings, "kappa 0.125"));
  EXPECT_TRUE(scale(sgd(0.1, 0.9), 32, 128, "linear").warnings.empty());
  EXPECT_TRUE(any_holds(scale(sgd(0.1, 0.9), 32, 128, "linear", 100).warnings, "beyond the gradient noise"));
  EXPECT_FALSE(any_holds(scale(sgd(0.1, 0.9), 32, 128, "linear", 128).warnings, "beyond the gradient noise"));
  EXPECT_TRUE(scale(sgd(0.1, 0.9), 256, 128, "linear", 100).warnings.empty());
}

TEST(ScaleRun, WarnsWhereARuleDoesNotHold) {
  const auto warns = [](const HyperParameters& base, const char* rule, const char* part) {
    return any_holds(scale(base, 32, 64, rule).warnings, part);
  };
  EXPECT_TRUE(warns(adam(), "linear", "adaptive"));
  EXPECT_TRUE(warns(adam(), "adam_sde", "not known"));
  EXPECT_TRUE(warns(adam(), "adam_invariant", "micro-batches"));
  EXPECT_TRUE(warns(sgd(0.1, 0.9), "sqrt", "trajectory"));
  EXPECT_TRUE(warns(sgd(0.1, 0.9), "momentum_raise", "4 times"));
  EXPECT_TRUE(scale(adam(), 32, 64, "adam_invariant").micro_batch_squares);
  HyperParameters with_velocity = rmsprop();
  with_velocity.momentum = 0.9;
  EXPECT_TRUE(warns(with_velocity, "adam_sde", "RMSprop's momentum"));
  const ScaledRun pure = scale_run(sgd(0.1, 0.9), {32, 256}, {.rule = "half_life", .momentum_floor = 0});
  EXPECT_TRUE(any_holds(pure.warnings, "without a floor"));
}

TEST(ScaleRun, TheGuardStopsAtTheNoiseScale) {
  const auto rate = [](double noise_scale, std::int64_t batch) {
    const ScalingOptions options = {.rule = "linear", .surge_guard = true};
    return scale_run(sgd(0.1, 0.9), {32, batch, noise_scale}, options).hyper_parameters.learning_rate;
  };
  EXPECT_EQ(rate(1000, 256), 0.8);
  EXPECT_EQ(rate(64, 256), 0.2);
  EXPECT_EQ(rate(1, 256), 0.1);
  EXPECT_EQ(rate(1, 16), 0.05);
}

TEST(ScaleRun, RefusesWhatIsOutOfRange) {
  const auto refuses = [](const HyperParameters& base, const BatchChange& change, const char* part) {
    expect_refusal([&] { scale_run(base, change); }, ExitCode::kConfiguration, part);
  };
  refuses(sgd(0.1, 0.9), {0, 32}, "batch 0");
  refuses(sgd(0.1, 0.9), {32, -1}, "-1");
  refuses(sgd(0.1, 0.9), {32, 64, -1}, "noise_scale=-1");
  refuses(sgd(0.1, 0.9), {32, 64, std::nan("")}, "noise_scale");
  refuses(sgd(0.1, 1), {32, 64}, "momentum=1");
  refuses(sgd(-1, 0.9), {32, 64}, "learning_rate=-1");
  HyperParameters base = sgd(0.1, 0.9);
  base.cadences = {{"evaluation", 0}};
  refuses(base, {32, 64}, "evaluation=0");
}

}  // namespace
}  // namespace ktrain
