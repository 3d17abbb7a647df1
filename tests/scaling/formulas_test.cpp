#include "scaling/formulas.h"

#include <cmath>
#include <limits>

#include "scaling/adascale.h"
#include "scaling_cases.h"

namespace ktrain {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

TEST(Formulas, WarmupGoesFromTheOldToTheNewLearningRate) {
  EXPECT_EQ(warmup_factor(8, 0, 100), 1);
  EXPECT_EQ(warmup_factor(8, 50, 100), 4.5);
  EXPECT_EQ(warmup_factor(8, 100, 100), 8);
  EXPECT_EQ(warmup_factor(8, 500, 100), 8);
  EXPECT_EQ(warmup_factor(8, 0, 0), 8);
}

TEST(Formulas, MemoryInSamples) {
  EXPECT_NEAR(half_life_samples(0.9, 32), 210.52, 5e-3);
  EXPECT_NEAR(half_life_samples(0.43046721, 256), 210.52, 5e-3);
  EXPECT_NEAR(same_memory(0.99, 8), 0.92274469, 5e-9);
  EXPECT_NEAR(same_memory(0.99, 0.25), 0.99749057, 5e-9);
  EXPECT_NEAR(same_memory(0.9999, 8), 0.99920028, 5e-9);
  EXPECT_NEAR(same_memory(0.999, 8), 0.99202794, 5e-9);
  EXPECT_NEAR(1 - same_memory(1 - 0.1, 8), 0.56953279, 5e-9);  // PyTorch's BatchNorm momentum
}

// The share that a sample's gradient still has after so many more samples does not depend on the batch.
TEST(Formulas, SameMemoryForgetsTheSameOverSamples) {
  for (const double kappa : {0.25, 2.0, 8.0}) {
    double base = 1, scaled = 1;
    for (int step = 0; step < 64; ++step) base *= 0.9;
    for (int step = 0; step < static_cast<int>(64 / kappa); ++step) scaled *= same_memory(0.9, kappa);
    EXPECT_NEAR(scaled / base, 1, 1e-12) << kappa;
  }
}

TEST(Formulas, LinearMemoryComposesAndEndsAtZero) {
  EXPECT_NEAR(linear_memory(linear_memory(0.99, 2), 4), linear_memory(0.99, 8), 1e-12);
  EXPECT_NEAR(linear_memory(0.9, 0.25), 0.975, 1e-12);
  EXPECT_NEAR(linear_memory(0.999, 0.25), 0.99975, 1e-12);
  expect_refusal([] { linear_memory(0.9, 16); }, ExitCode::kConfiguration, "-0.6");
  EXPECT_NEAR(same_memory(0.9, 16), 0.18530202, 5e-9);
}

TEST(Formulas, NoiseOfSgdAsAnEquation) {
  EXPECT_NEAR(sde_noise(0.1, 0.9, 32, 60000), 1875, 1e-9);
}

TEST(Formulas, DriftFactor) {
  EXPECT_NEAR(drift_factor(32, 8, 100), 4.644971, 5e-7);
  EXPECT_NEAR(std::sqrt(square_ratio(32, 8, 1000)), 0.390041, 5e-7);
  EXPECT_NEAR(drift_factor(32, 8, 1000), 3.120326, 5e-7);
  EXPECT_NEAR(drift_factor(32, 8, 1e4), 2.859830, 5e-7);
}

TEST(Formulas, LimitsOfTheNoiseScale) {
  for (const double kappa : {0.25, 8.0}) {
    EXPECT_EQ(drift_factor(32, kappa, 0), kappa);
    EXPECT_NEAR(drift_factor(32, kappa, 1e-9), kappa, 1e-9);
    EXPECT_NEAR(drift_factor(32, kappa, 1e15), std::sqrt(kappa), 1e-9);
    EXPECT_EQ(drift_factor(32, kappa, kInfinity), kappa * std::sqrt(1 / kappa));
    EXPECT_EQ(adascale_gain(32, kappa, 0), 1);
    EXPECT_NEAR(adascale_gain(32, kappa, 1e15), kappa, 1e-9);
    EXPECT_EQ(adascale_gain(32, kappa, kInfinity), kappa);
    EXPECT_EQ(surge_factor(32, kappa, kInfinity), std::sqrt(kappa));
    EXPECT_NEAR(surge_factor(32, kappa, 0), 1 / std::sqrt(kappa), 1e-12);
  }
}

/// The best learning rate in units of the highest one.
double surge(double batch, double phi) {
  return 2 / (std::sqrt(phi / batch) + std::sqrt(batch / phi));
}

TEST(Formulas, SurgeIsTheRatioOfBestLearningRatesAndHighestAtTheNoiseScale) {
  EXPECT_NEAR(surge_factor(32, 8, 1000), surge(256, 1000) / surge(32, 1000), 1e-12);
  EXPECT_NEAR(surge_factor(64, 0.5, 40), surge(32, 40) / surge(64, 40), 1e-12);
  EXPECT_GT(surge_factor(32, 4, 128), surge_factor(32, 3.9, 128));
  EXPECT_GT(surge_factor(32, 4, 128), surge_factor(32, 4.1, 128));
}

TEST(Formulas, WeightDecay) {
  const double factor = std::sqrt(8.0);
  EXPECT_NEAR(weight_decay_per_sample(0.01, 8, factor), 0.0282843, 5e-8);
  EXPECT_NEAR(exact_weight_decay(0.01, 8, 1e-3, factor), 0.02828328, 5e-9);
  EXPECT_EQ(weight_decay_per_sample(0.01, 8, 8), 0.01);  // linear rule
  EXPECT_EQ(weight_decay_per_sample(0.01, 8, 1), 0.08);  // constant learning rate
  const double half_life = displacement_factor(4, 0.9, 0.7);
  EXPECT_NEAR(weight_decay_per_sample(0.01, 4, half_life), 0.01 * (1 - 0.9) / (1 - 0.7), 1e-15);
}

// Eight steps at the base batch shrink the weights as one at eight times the batch.
TEST(Formulas, ExactWeightDecayShrinksTheSamePerSample) {
  const double learning_rate = 0.1, decay = 0.3, factor = std::sqrt(8.0);
  double weight = 1;
  for (int step = 0; step < 8; ++step) weight -= weight * decay * learning_rate;
  EXPECT_NEAR(1 - learning_rate * factor * exact_weight_decay(decay, 8, learning_rate, factor), weight,
              1e-14);
  // The form without learning rate: w -= w·decay.
  EXPECT_NEAR(exact_weight_decay(0.01, 8, 1, 1), 1 - std::pow(1 - 0.01, 8), 1e-15);
}

TEST(Formulas, BiasOfBatchVariances) {
  EXPECT_NEAR(batch_variance_ratio(256, 32), 0.972549, 5e-7);
  EXPECT_NEAR(batch_variance_ratio(64, 8), 0.888889, 5e-7);
}

// Velocity and displacement of both forms, constant gradient, over the same samples.
TEST(Formulas, DisplacementPerSampleStays) {
  for (const double kappa : {0.25, 4.0}) {
    const double momentum = 0.9, scaled = same_memory(momentum, kappa);
    const auto displacement = [](double learning_rate, double m) {
      double velocity = 0;
      for (int step = 0; step < 4000; ++step) velocity = m * velocity - learning_rate;
      return velocity;
    };
    const double factor = displacement_factor(kappa, momentum, scaled);
    EXPECT_NEAR(displacement(0.1 * factor, scaled) / kappa, displacement(0.1, momentum), 1e-10);
  }
}

TEST(Formulas, AdascaleGain) {
  EXPECT_NEAR(adascale_gain(32, 8, 100), 2.966292, 5e-7);
  EXPECT_NEAR(adascale_gain(32, 8, 1000), 6.573248, 5e-7);
  EXPECT_NEAR(adascale_gain(32, 8, 1e4), 7.825273, 5e-7);
  EXPECT_NEAR(adascale_gain(32, 0.25, 1000), 0.255952, 5e-7);
}

TEST(Formulas, AdascaleMoments) {
  const std::vector<double> norms(4, 5.0);
  const AdascaleMoments moments = adascale_moments(norms, 2);
  EXPECT_NEAR(moments.variance, 4, 1e-14);
  EXPECT_NEAR(moments.square, 1, 1e-14);
  EXPECT_NEAR(adascale_gain_of(moments.variance, moments.square, 4), 2.5, 1e-14);
  EXPECT_EQ(adascale_gain_of(0, 0, 4), 1);
  EXPECT_EQ(adascale_smoothing(16), 0.984);
  EXPECT_EQ(adascale_smoothing(2000), 0);
  EXPECT_THROW(adascale_moments(std::vector<double>{5.0}, 2), Error);
}

// sigma² is the variance of a base batch's gradient: tr(Sigma) / batch.
TEST(Formulas, BothFormsOfTheGainAgree) {
  for (const double phi : {3.0, 100.0, 1e4}) {
    EXPECT_NEAR(adascale_gain(32, 8, phi), adascale_gain_of(phi / 32, 1, 8), 1e-12);
  }
}

}  // namespace
}  // namespace ktrain
