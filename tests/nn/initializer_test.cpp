#include "ktrain/nn/initializer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "ktrain/core/error.h"

namespace ktrain {
namespace {

std::vector<float> filled(const std::string& name, const Shape& shape, const InitializerOptions& options = {},
                          std::uint64_t seed = 1) {
  std::vector<float> values(static_cast<std::size_t>(shape.elements()), -7);
  make_initializer(name, options)->fill(shape, values, RandomStream(seed, "kernel"));
  return values;
}

struct Moments {
  double mean = 0, stddev = 0, magnitude = 0;
};

Moments moments_of(const std::vector<float>& values) {
  double sum = 0, squares = 0;
  Moments result;
  for (const double x : values) {
    sum += x;
    squares += x * x;
    result.magnitude = std::max(result.magnitude, std::fabs(x));
  }
  const double count = static_cast<double>(values.size());
  result.mean = sum / count;
  result.stddev = std::sqrt(squares / count - result.mean * result.mean);
  return result;
}

TEST(Initializer, Constants) {
  EXPECT_EQ(filled("Zeros", {3}), (std::vector<float>{0, 0, 0}));
  EXPECT_EQ(filled("ones", {1, 2}), (std::vector<float>{1, 1}));
  EXPECT_EQ(filled("Constant", {2}, {.value = 0.25}), (std::vector<float>{0.25, 0.25}));
  EXPECT_EQ(filled("Identity", {2, 3}, {.gain = 2}), (std::vector<float>{2, 0, 0, 0, 2, 0}));
  EXPECT_THROW(filled("Identity", {2, 2, 2}), Error);
}

TEST(Initializer, EveryNameOfKeras) {
  for (const char* name : {"Zeros",
                           "Ones",
                           "Constant",
                           "RandomNormal",
                           "RandomUniform",
                           "TruncatedNormal",
                           "VarianceScaling",
                           "GlorotUniform",
                           "GlorotNormal",
                           "HeNormal",
                           "HeUniform",
                           "LecunNormal",
                           "LecunUniform",
                           "Identity",
                           "Orthogonal",
                           "zeros",
                           "random_normal",
                           "glorot_uniform",
                           "lecun_normal",
                           "orthogonal",
                           "zero",
                           "one",
                           "normal",
                           "uniform",
                           "IdentityInitializer",
                           "OrthogonalInitializer"}) {
    EXPECT_NE(make_initializer(name), nullptr) << name;
  }
  EXPECT_EQ(filled("normal", {9}), filled("RandomNormal", {9}));
  EXPECT_EQ(filled("uniform", {9}), filled("RandomUniform", {9}));
  try {
    make_initializer("glorot");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::kConfiguration);
    EXPECT_NE(std::string(error.what()).find("glorot_uniform"), std::string::npos);
  }
}

// Name, options, expected standard deviation, bound (0: none) for a convolution kernel (3, 3, 64, 128):
// fan_in 576, fan_out 1152.
struct Scaling {
  const char* name;
  InitializerOptions options;
  double stddev, bound;
};

class Scaled : public testing::TestWithParam<Scaling> {};

TEST_P(Scaled, HasItsMomentsAndBounds) {
  const Scaling& expected = GetParam();
  const auto values = filled(expected.name, {3, 3, 64, 128}, expected.options);
  const Moments moments = moments_of(values);
  const double count = static_cast<double>(values.size());
  EXPECT_NEAR(moments.mean, expected.options.mean, 5 * expected.stddev / std::sqrt(count));
  EXPECT_NEAR(moments.stddev, expected.stddev, 5 * expected.stddev / std::sqrt(count));
  if (expected.bound > 0) {
    EXPECT_LE(moments.magnitude, expected.bound * (1 + 1e-7));
    EXPECT_GE(moments.magnitude, expected.bound * 0.999);
  } else {
    EXPECT_GT(moments.magnitude, 4 * expected.stddev);
  }
}

constexpr double kCut = 0.87962566103423978;  // the standard deviation of N(0, 1) cut at ±2

INSTANTIATE_TEST_SUITE_P(
    Conv2D, Scaled,
    testing::Values(Scaling{"GlorotUniform", {}, std::sqrt(1.0 / 864), std::sqrt(3.0 / 864)},
                    Scaling{"GlorotNormal", {}, std::sqrt(1.0 / 864), 2 * std::sqrt(1.0 / 864) / kCut},
                    Scaling{"HeUniform", {}, std::sqrt(2.0 / 576), std::sqrt(6.0 / 576)},
                    Scaling{"HeNormal", {}, std::sqrt(2.0 / 576), 2 * std::sqrt(2.0 / 576) / kCut},
                    Scaling{"LecunUniform", {}, std::sqrt(1.0 / 576), std::sqrt(3.0 / 576)},
                    Scaling{"LecunNormal", {}, std::sqrt(1.0 / 576), 2 * std::sqrt(1.0 / 576) / kCut},
                    Scaling{"VarianceScaling",
                            {.scale = 3, .mode = "fan_out", .distribution = "untruncated_normal"},
                            std::sqrt(3.0 / 1152),
                            0},
                    Scaling{"VarianceScaling",
                            {.distribution = "uniform", .input_axes = {0}, .output_axes = {1}},
                            std::sqrt(1.0 / 3),
                            1},
                    Scaling{"RandomUniform", {}, 0.05 / std::sqrt(3.0), 0.05},
                    Scaling{"RandomNormal", {.mean = 0, .stddev = 2}, 2, 0},
                    Scaling{"TruncatedNormal", {}, 0.05 * kCut, 0.1}));

TEST(Initializer, MeanAndBoundsAreUsed) {
  const Moments normal = moments_of(filled("RandomNormal", {100000}, {.mean = 3, .stddev = 0.5}));
  EXPECT_NEAR(normal.mean, 3, 0.01);
  EXPECT_NEAR(normal.stddev, 0.5, 0.01);
  const auto uniform = filled("RandomUniform", {100000}, {.minval = 2, .maxval = 5});
  EXPECT_NEAR(*std::ranges::min_element(uniform), 2, 1e-3);
  EXPECT_NEAR(*std::ranges::max_element(uniform), 5, 1e-3);
}

TEST(Initializer, ValuesDependOnTheStreamAndTheElementAlone) {
  for (const char* name : {"RandomUniform", "RandomNormal", "TruncatedNormal"}) {
    const auto longer = filled(name, {1003});
    const auto shorter = filled(name, {7});
    EXPECT_TRUE(std::equal(shorter.begin(), shorter.end(), longer.begin())) << name;
    EXPECT_NE(filled(name, {7}, {}, 2), shorter) << name;
  }
}

TEST(Initializer, RefusesWhatKerasRefuses) {
  EXPECT_THROW(make_initializer("VarianceScaling", {.scale = 0}), Error);
  EXPECT_THROW(make_initializer("VarianceScaling", {.mode = "fan"}), Error);
  EXPECT_THROW(make_initializer("VarianceScaling", {.distribution = "cauchy"}), Error);
  EXPECT_THROW(filled("Orthogonal", {5}), Error);
  EXPECT_THROW(filled("VarianceScaling", {4, 5}, {.input_axes = {2}, .output_axes = {1}}), Error);
  EXPECT_THROW(filled("VarianceScaling", {4, 5}, {.input_axes = {0}, .output_axes = {-3}}), Error);
  EXPECT_NO_THROW(filled("VarianceScaling", {4, 5}, {.input_axes = {-2}, .output_axes = {1}}));
}

// The product of the matrix with its own transpose, over its shorter side, is gain² times the identity.
void expect_orthogonal(const Shape& shape, double gain) {
  const auto values = filled("Orthogonal", shape, {.gain = gain});
  const std::int64_t columns = shape[-1], rows = shape.elements() / columns;
  const bool tall = rows >= columns;
  const std::int64_t count = tall ? columns : rows, length = tall ? rows : columns;
  const auto at = [&](std::int64_t vector, std::int64_t i) {
    return static_cast<double>(
        values[static_cast<std::size_t>(tall ? i * columns + vector : vector * columns + i)]);
  };
  for (std::int64_t a = 0; a < count; ++a) {
    for (std::int64_t b = 0; b < count; ++b) {
      double product = 0;
      for (std::int64_t i = 0; i < length; ++i) product += at(a, i) * at(b, i);
      EXPECT_NEAR(product, a == b ? gain * gain : 0, 2e-6) << shape << a << b;
    }
  }
}

TEST(Initializer, OrthogonalIsOrthogonal) {
  expect_orthogonal({40, 40}, 1);
  expect_orthogonal({3, 3, 4, 20}, 1.5);
  expect_orthogonal({8, 50}, 1);
}

// Without the signs of R's diagonal the first column would always point to one side.
TEST(Initializer, OrthogonalHasNoPreferredSide) {
  int positive = 0;
  for (std::uint64_t seed = 0; seed < 400; ++seed) {
    if (filled("Orthogonal", {4, 4}, {}, seed)[0] > 0) ++positive;
  }
  EXPECT_NEAR(positive, 200, 50);
}

}  // namespace
}  // namespace ktrain
