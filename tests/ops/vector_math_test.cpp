#include "ops/vector_math.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <vector>

#include "core/simd.h"

namespace ktrain {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

// The distance from `measured` to `exact` in units of the last place of exact as a float.
double ulps(float measured, double exact) {
  if (std::isnan(exact)) return std::isnan(measured) ? 0 : 1e30;
  const double nearest = static_cast<float>(exact);
  if (std::isinf(nearest) || std::isinf(measured)) return measured == nearest ? 0 : 1e30;
  const int exponent = std::max(std::ilogb(exact == 0 ? 0x1p-149 : exact), -126);
  return std::abs(measured - exact) / std::ldexp(1.0, exponent - 23);
}

// The largest error over floats of all magnitudes and both signs within [low, high].
double worst(float low, float high, const std::function<float(float)>& f,
             const std::function<double(double)>& exact) {
  double result = 0;
  for (std::uint64_t bits = 0; bits < 0x100000000; bits += 9973) {
    const float x = std::bit_cast<float>(static_cast<std::uint32_t>(bits));
    if (x >= low && x <= high) result = std::max(result, ulps(f(x), exact(x)));
  }
  return result;
}

TEST(VectorMath, Exp) {
  EXPECT_LT(worst(-kInfinity, kInfinity, vector_math::exp, [](double x) { return std::exp(x); }), 1.5);
  EXPECT_TRUE(std::isnan(vector_math::exp(kNan)));
  EXPECT_EQ(vector_math::exp(0), 1);
}

TEST(VectorMath, Expm1) {
  EXPECT_LT(worst(-kInfinity, kInfinity, vector_math::expm1, [](double x) { return std::expm1(x); }), 2);
  EXPECT_TRUE(std::isnan(vector_math::expm1(kNan)));
}

TEST(VectorMath, Log) {
  EXPECT_LT(worst(-kInfinity, kInfinity, vector_math::log, [](double x) { return std::log(x); }), 2);
  EXPECT_EQ(vector_math::log(0), -kInfinity);
  EXPECT_TRUE(std::isnan(vector_math::log(kNan)));
  EXPECT_LT(worst(std::numeric_limits<float>::min(), std::numeric_limits<float>::max(),
                  vector_math::log_of_normal, [](double x) { return std::log(x); }),
            2);
  EXPECT_TRUE(std::isnan(vector_math::log_of_normal(kNan)));
}

TEST(VectorMath, Log1pOfFraction) {
  EXPECT_LT(worst(0, 1, vector_math::log1p_of_fraction, [](double x) { return std::log1p(x); }), 2);
}

TEST(VectorMath, Tanh) {
  EXPECT_LT(worst(-kInfinity, kInfinity, vector_math::tanh, [](double x) { return std::tanh(x); }), 3);
  EXPECT_TRUE(std::isnan(vector_math::tanh(kNan)));
}

TEST(VectorMath, Sigmoid) {
  const auto exact = [](double x) { return 1 / (1 + std::exp(-x)); };
  EXPECT_LT(worst(-87, kInfinity, vector_math::sigmoid, exact), 3);
  EXPECT_LT(vector_math::sigmoid(-90), 1e-37);
  EXPECT_TRUE(std::isnan(vector_math::sigmoid(kNan)));
}

TEST(VectorMath, Softplus) {
  const auto exact = [](double x) { return std::max(x, 0.0) + std::log1p(std::exp(-std::abs(x))); };
  EXPECT_LT(worst(-kInfinity, kInfinity, vector_math::softplus, exact), 2.5);
  EXPECT_TRUE(std::isnan(vector_math::softplus(kNan)));
}

TEST(VectorMath, Normal) {
  const auto integral = [](double x) { return 0.5 * std::erfc(-x / std::sqrt(2.0)); };
  const auto density = [](double x) { return std::exp(-0.5 * x * x) / std::sqrt(2 * std::acos(-1.0)); };
  EXPECT_LT(worst(
                -kInfinity, kInfinity, [](float x) { return vector_math::normal(x).integral; }, integral),
            6);
  EXPECT_LT(worst(
                -kInfinity, kInfinity, [](float x) { return vector_math::normal(x).density; }, density),
            6);
  EXPECT_TRUE(std::isnan(vector_math::normal(kNan).integral));
}

KTRAIN_SIMD void tanh_of_all(const float* x, float* y, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) y[i] = vector_math::tanh(x[i]);
}

TEST(VectorMath, BitsDoNotDependOnThePlace) {
  std::vector<float> x(67), y(67);
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = 0.1F * static_cast<float>(i) - 3;
  tanh_of_all(x.data(), y.data(), 67);
  for (std::size_t i = 0; i < x.size(); ++i) {
    float alone;
    tanh_of_all(x.data() + i, &alone, 1);
    EXPECT_EQ(alone, y[i]) << x[i];
    EXPECT_EQ(vector_math::tanh(x[i]), y[i]) << x[i];
  }
}

}  // namespace
}  // namespace ktrain
