#include "scaling/state_factors.h"

#include <cmath>
#include <random>

#include "scaling_cases.h"

namespace ktrain {
namespace {

StateFactors factors(const HyperParameters& base, std::int64_t to, const std::string& rule,
                     StateConversion conversion, std::optional<double> noise_scale = {}) {
  return scale_run(base, {64, to, noise_scale}, {.rule = rule, .momentum_floor = 0, .state = conversion})
      .state;
}

/// Steady state of v = m·v - lr·g.
double velocity(const HyperParameters& run, double gradient) {
  double v = 0;
  for (int step = 0; step < 20000; ++step) v = *run.momentum * v - run.learning_rate * gradient;
  return v;
}

TEST(StateFactors, VelocityGoesToItsSteadyState) {
  for (const char* rule : {"linear", "half_life", "momentum_raise", "sqrt"}) {
    for (const std::int64_t batch : {16, 256}) {
      if (rule == std::string("momentum_raise") && batch < 64) continue;
      const HyperParameters base = sgd(0.1, 0.9);
      const ScaledRun run =
          scale_run(base, {64, batch}, {.rule = rule, .momentum_floor = 0, .state = StateConversion::kMean});
      EXPECT_NEAR(run.state.momentum * velocity(base, 0.3), velocity(run.hyper_parameters, 0.3), 1e-9)
          << rule << " " << batch;
    }
  }
}

TEST(StateFactors, GradientSumGoesToItsSteadyState) {
  const auto sum = [](double momentum) {
    double u = 0;
    for (int step = 0; step < 20000; ++step) u = momentum * u + 0.3;
    return u;
  };
  EXPECT_NEAR(gradient_sum_factor(0.9, 0.6561) * sum(0.9), sum(0.6561), 1e-9);
}

// At a constant batch the velocity with the learning rate inside moves as the one without, when it is
// corrected at each change of the learning rate.
TEST(StateFactors, MomentumCorrectionMakesBothFormsOfTheVelocityAgree) {
  double keras = 1, pytorch = 1, v = 0, u = 0, before = 0.1;
  for (int step = 0; step < 200; ++step) {
    const double learning_rate = 0.1 * (1 + 0.02 * step), gradient = std::sin(step) + 0.2;
    v = 0.9 * velocity_factor(learning_rate / before, 0.9, 0.9) * v - learning_rate * gradient;
    u = 0.9 * u + gradient;
    keras += v;
    pytorch -= learning_rate * u;
    before = learning_rate;
  }
  EXPECT_NEAR(keras / pytorch, 1, 1e-12);
}

TEST(StateFactors, ShrinkingConverts) {
  const StateFactors velocity = factors(sgd(0.1, 0.9), 16, "half_life", StateConversion::kAuto);
  EXPECT_NEAR(velocity.momentum, 0.25, 1e-12);  // the displacement per sample stays
  const StateFactors adam_state = factors(adam(), 16, "adam_sde", StateConversion::kAuto);
  EXPECT_NEAR(adam_state.second_moment, 4, 1e-12);  // v / kappa
  EXPECT_EQ(adam_state.first_moment, 1);
  const StateFactors drift = factors(adam(), 16, "adam_drift", StateConversion::kAuto, 100);
  EXPECT_NEAR(drift.second_moment, (1 + 100 / 16.0) / (1 + 100 / 64.0), 1e-12);
  EXPECT_NEAR(factors(adam(1e-3, 1e-7, OptimizerFamily::kAdamax), 16, "adam_sde", StateConversion::kAuto)
                  .second_moment,
              2, 1e-12);
  EXPECT_EQ(factors(adam(), 16, "adam_invariant", StateConversion::kAuto).second_moment, 1);
}

TEST(StateFactors, GrowingKeeps) {
  EXPECT_EQ(factors(sgd(0.1, 0.9), 256, "half_life", StateConversion::kAuto).momentum, 1);
  const StateFactors state = factors(adam(), 256, "adam_sde", StateConversion::kAuto);
  EXPECT_EQ(state.second_moment, 1);
  EXPECT_EQ(state.first_moment, 1);
  EXPECT_NEAR(factors(sgd(0.1, 0.9), 256, "linear", StateConversion::kMean).momentum, 4, 1e-12);
  EXPECT_NEAR(factors(adam(), 256, "adam_sde", StateConversion::kMean).second_moment, 0.25, 1e-12);
}

TEST(StateFactors, NoneAndReset) {
  const StateFactors none = factors(adam(), 16, "adam_sde", StateConversion::kNone);
  EXPECT_EQ(none.second_moment, 1);
  EXPECT_EQ(none.update_count, 1);
  EXPECT_FALSE(none.reset);
  EXPECT_TRUE(factors(adam(), 16, "adam_sde", StateConversion::kReset).reset);
}

/// Mean over many steps of v = beta_2·v + (1 - beta_2)g² for gradients of mean 1 and this noise scale.
double mean_square(double beta_2, double batch, double phi) {
  std::mt19937_64 engine(11);
  std::normal_distribution<double> gradient(1, std::sqrt(phi / batch));
  double v = 1 + phi / batch, sum = 0;
  constexpr int kSteps = 200000;
  for (int step = 0; step < kSteps; ++step) {
    v += (std::pow(gradient(engine), 2) - v) * (1 - beta_2);
    sum += v;
  }
  return sum / kSteps;
}

TEST(StateFactors, SecondMomentGoesToItsSteadyState) {
  const ScaledRun run = scale(adam(), 64, 16, "adam_drift", 100);
  const double base = mean_square(0.999, 64, 100),
               shrunk = mean_square(*run.hyper_parameters.beta_2, 16, 100);
  EXPECT_NEAR(run.state.second_moment * base / shrunk, 1, 0.02);
}

TEST(StateFactors, BiasCorrectionStays) {
  for (const std::int64_t batch : {16, 256}) {
    const ScaledRun run = scale_run(adam(), {64, batch}, {.rule = "adam_sde", .beta_1_floor = 0});
    const double count = 120 * run.state.update_count;
    EXPECT_NEAR(count, 120.0 * 64 / static_cast<double>(batch), 1e-9);
    EXPECT_NEAR(std::pow(*run.hyper_parameters.beta_2, count), std::pow(0.999, 120), 1e-12);
    EXPECT_NEAR(std::pow(*run.hyper_parameters.beta_1, count), std::pow(0.9, 120), 1e-12);
  }
  EXPECT_EQ(scale(adam(), 64, 256, "linear").state.update_count, 1);
}

/// E|g|² = |G|² + tr(Sigma) / batch summed over the steps of these samples, |G|² being 1.
double accumulator(double samples, double batch, double phi) {
  double sum = 0;
  for (int step = 0; step < static_cast<int>(samples / batch); ++step) sum += 1 + phi / batch;
  return sum;
}

TEST(StateFactors, AdagradsAccumulatorIsThatOfTheSameSamples) {
  const HyperParameters base = {
      .optimizer = OptimizerFamily::kAdagrad, .learning_rate = 0.1, .epsilon = 1e-7};
  for (const std::int64_t batch : {16, 256}) {
    const double converted =
        accumulator(8192, 64, 500) * factors(base, batch, "none", StateConversion::kAuto, 500).second_moment;
    EXPECT_NEAR(converted / accumulator(8192, static_cast<double>(batch), 500), 1, 1e-12);
  }
  EXPECT_NEAR(factors(base, 256, "none", StateConversion::kAuto).second_moment, 1.0 / 16, 1e-15);
  EXPECT_NEAR(factors(base, 256, "none", StateConversion::kAuto, 0).second_moment, 1.0 / 4, 1e-15);
}

// RMSprop's velocity sums lr·g / sqrt(v), and v changes with the batch too.
TEST(StateFactors, RmspropsVelocityGoesToItsSteadyState) {
  HyperParameters base = rmsprop();
  base.momentum = 0.9;
  const auto steady = [](const HyperParameters& run, double batch) {
    double velocity = 0;
    for (int step = 0; step < 2000; ++step) {
      velocity = *run.momentum * velocity + run.learning_rate / std::sqrt(1 + 500 / batch);
    }
    return velocity;
  };
  const ScaledRun run = scale(base, 64, 16, "adam_drift", 500);
  EXPECT_NEAR(run.state.momentum, 0.25, 1e-12);
  EXPECT_NEAR(run.state.momentum * steady(base, 64), steady(run.hyper_parameters, 16), 1e-12);
}

TEST(StateFactors, BetweenTwoScaledRuns) {
  const ScaledRun large = scale(sgd(0.1, 0.9), 64, 128, "half_life");
  const ScaledRun small = scale(sgd(0.1, 0.9), 64, 32, "half_life");
  EXPECT_NEAR(state_factors(large, small, StateConversion::kAuto).momentum, 0.25, 1e-12);
  EXPECT_EQ(state_factors(small, large, StateConversion::kAuto).momentum, 1);
  EXPECT_EQ(state_factors(large, large, StateConversion::kReset).reset, false);
}

TEST(StateFactors, AdascaleVariance) {
  EXPECT_EQ(adascale_variance_factor(4, 8), 0.5);
}

}  // namespace
}  // namespace ktrain
