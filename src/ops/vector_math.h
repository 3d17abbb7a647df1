#pragma once

#include <bit>
#include <cstdint>
#include <limits>

// Elementary functions of float without branches or calls, so that a loop over them is vectorized. A NaN
// gives a NaN. Each is a fixed sequence of IEEE operations: the bits depend neither on the vector width nor
// on the element's place. Errors (ulp, over all floats) are checked by tests/ops/vector_math_test.cpp.
// Polynomials: minimax fits of ours; reductions after Cody and Waite, "Software Manual for the Elementary
// Functions" (1980).
namespace ktrain::vector_math {

namespace detail {

// x / log(2) rounded to an integer, as both types.
struct Power {
  float value;
  std::int32_t integer;
};

[[gnu::always_inline]] inline Power nearest_power(float x) {
  constexpr float kRound = 0x1.8p23F;
  const float shifted = x * 1.44269504F + kRound;
  const std::uint32_t integer = std::bit_cast<std::uint32_t>(shifted) - std::bit_cast<std::uint32_t>(kRound);
  return {shifted - kRound, static_cast<std::int32_t>(integer)};
}

// 2^n, -126 <= n <= 127; whatever for other n.
[[gnu::always_inline]] inline float power_of_two(std::int32_t n) {
  return std::bit_cast<float>((static_cast<std::uint32_t>(n) + 127U) << 23U);
}

// x - n log(2), in two steps: n times the first part is exact.
[[gnu::always_inline]] inline float reduced(float x, float n) {
  return (x - n * 0x1.62e4p-1F) - n * 0x1.7f7d1cp-20F;
}

// c0 + x (c1 + x (c2 + …)).
template <typename... Coefficients>
[[gnu::always_inline]] inline float polynomial(float x, float c0, Coefficients... rest) {
  if constexpr (sizeof...(rest) == 0) {
    return c0;
  } else {
    return c0 + x * polynomial(x, rest...);
  }
}

// e^r - 1 for |r| <= 0.4.
[[gnu::always_inline]] inline float expm1_near_zero(float r) {
  return r + r * r *
                 polynomial(r, 0.5F, 0.166666641831398F, 0.04166624695062637F, 0.008334103971719742F,
                            0.0013949095737189054F, 0.00019437886658124626F);
}

// log(1 + f) = 2 atanh(s) for s = f / (2 + f), |s| <= 1/3.
[[gnu::always_inline]] inline float twice_atanh(float s) {
  const float z = s * s;
  return 2 * s + s * z *
                     polynomial(z, 0.6666667461395264F, 0.3999887704849243F, 0.2861688435077667F,
                                0.21427658200263977F, 0.24300934374332428F);
}

// log of the positive normal float with these bits, less log(2^scale).
[[gnu::always_inline]] inline float log_of_bits(std::uint32_t bits, std::int32_t scale) {
  // 2^n m with m in [sqrt(1/2), sqrt(2)).
  constexpr std::uint32_t kRootOfHalf = 0x3f3504f3;
  const std::uint32_t offset = bits - kRootOfHalf;
  const float n = static_cast<float>((static_cast<std::int32_t>(offset) >> 23) - scale);
  const float m = std::bit_cast<float>((offset & 0x007fffffU) + kRootOfHalf);
  const float f = m - 1;
  return n * 0x1.62e4p-1F + (twice_atanh(f / (2 + f)) + n * 0x1.7f7d1cp-20F);
}

// condition ? a : b, by bits: out of a ternary the compiler may make a path of its own for each side,
// constants folded, and a vector loop then computes them all.
[[gnu::always_inline]] inline float blend(bool condition, float a, float b) {
  const std::uint32_t mask = 0U - static_cast<std::uint32_t>(condition);
  return std::bit_cast<float>((std::bit_cast<std::uint32_t>(a) & mask) |
                              (std::bit_cast<std::uint32_t>(b) & ~mask));
}

// Lower and upper bound by comparisons that leave a NaN alone.
[[gnu::always_inline]] inline float clamped(float x, float low, float high) {
  const float raised = blend(x < low, low, x);
  return blend(raised > high, high, raised);
}

// e^(x + correction), |correction| <= 0.05.
[[gnu::always_inline]] inline float exp_of_sum(float x, float correction) {
  const float bounded = clamped(x, -104.0F, 89.0F);
  const Power n = nearest_power(bounded);
  const float fraction = 1 + expm1_near_zero(reduced(bounded, n.value) + correction);
  // Two factors: 2^n itself may be infinite or below the smallest normal number where the result is not.
  const std::int32_t half = n.integer >> 1;
  return fraction * power_of_two(half) * power_of_two(n.integer - half);
}

}  // namespace detail

/// |x|, by its sign bit.
[[gnu::always_inline]] inline float absolute(float x) {
  return std::bit_cast<float>(std::bit_cast<std::uint32_t>(x) & 0x7fffffffU);
}

/// `magnitude` (not negative) with the sign of `sign`.
[[gnu::always_inline]] inline float with_sign(float magnitude, float sign) {
  return std::bit_cast<float>(std::bit_cast<std::uint32_t>(magnitude) |
                              (std::bit_cast<std::uint32_t>(sign) & 0x80000000U));
}

/// e^x; 1 ulp, 0.5 of a denormal result's spacing more.
[[gnu::always_inline]] inline float exp(float x) {
  return detail::exp_of_sum(x, 0.0F);
}

/// e^x - 1; 2 ulp.
[[gnu::always_inline]] inline float expm1(float x) {
  const float bounded = detail::clamped(x, -25.0F, 89.0F);
  const detail::Power n = detail::nearest_power(bounded);
  const float fraction = detail::expm1_near_zero(detail::reduced(bounded, n.value));
  const float half = detail::power_of_two(n.integer - 1);
  return 2 * (half * fraction + (half - 0.5F));
}

/// log(1 + u) for 0 <= u <= 1; 2 ulp.
[[gnu::always_inline]] inline float log1p_of_fraction(float u) {
  return detail::twice_atanh(u / (2 + u));
}

/// log(x) for a positive, finite, normal x; NaN for NaN; 2 ulp. For values that come out of a clip: the
/// comparisons in log and in the clip together would keep a loop from being vectorized.
[[gnu::always_inline]] inline float log_of_normal(float x) {
  return detail::log_of_bits(std::bit_cast<std::uint32_t>(x), 0) + (x - x);
}

/// log(x); 2 ulp. -infinity for 0, NaN for x < 0.
[[gnu::always_inline]] inline float log(float x) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  const bool denormal = x < 0x1p-126F;
  const float finite =
      detail::log_of_bits(std::bit_cast<std::uint32_t>(denormal ? x * 0x1p24F : x), denormal ? 24 : 0);
  const float at_edges = x == 0 ? -kInfinity : x < 0 ? std::numeric_limits<float>::quiet_NaN() : x;
  return (x > 0 && x < kInfinity) ? finite : at_edges;
}

/// tanh(x); 3 ulp.
[[gnu::always_inline]] inline float tanh(float x) {
  const float t = expm1(-2 * absolute(x));
  return with_sign(-t / (t + 2), x);
}

/// 1 / (1 + e^-x); 2 ulp, 0 where it is below the smallest normal number.
[[gnu::always_inline]] inline float sigmoid(float x) {
  return 1 / (1 + exp(-x));
}

/// log(1 + e^x); 2 ulp.
[[gnu::always_inline]] inline float softplus(float x) {
  const float positive = x < 0 ? 0 : x;
  return positive + log1p_of_fraction(exp(-absolute(x)));
}

/// The standard normal distribution's density and its integral from -infinity to x.
struct Normal {
  float density;
  float integral;
};

/// 6 ulp each, also where the integral is tiny: density · (a polynomial in 1 / (1 + 0.3 |x|)).
[[gnu::always_inline]] inline Normal normal(float x) {
  const float t = detail::clamped(absolute(x), 0, 15);
  // t^2 / 2 as a sum of two floats: its rounding error alone would cost t^2 / 2 ulp.
  const float head = std::bit_cast<float>(std::bit_cast<std::uint32_t>(t) & 0xfffff000U);
  const float decay = detail::exp_of_sum(-0.5F * head * head, -0.5F * (t - head) * (t + head));
  const float w = 1 / (1 + 0.3F * t);
  const float ratio = detail::polynomial(w, 0.11968669295310974F, 0.11957181245088577F, 0.11023541539907455F,
                                         0.07838967442512512F, 0.0961567610502243F, -0.07942336797714233F,
                                         0.19178439676761627F, -0.22821350395679474F, 0.11243557929992676F,
                                         -0.0206234622746706F);
  const float tail = decay * (ratio * w);
  return {decay * 0.39894228F, x < 0 ? tail : 1 - tail};
}

}  // namespace ktrain::vector_math
