#pragma once

#include <cstdint>

#include "core/simd.h"

// The loops over one line of SampleNormalization, all in float64. Statistics are one for the line (kStat 0)
// or one for each of its elements (1); gamma and beta alike (kParameter).
namespace ktrain::normalization_loop {

struct Statistics {
  const double* center;
  const double* inverse;
};

/// In lanes side by side.
KTRAIN_SIMD static double sum_of(const double* x, std::int64_t count) {
  double lanes[kLanes] = {};
  std::int64_t i = 0;
  for (; i + kLanes <= count; i += kLanes) {
#pragma omp simd
    for (int lane = 0; lane < kLanes; ++lane) lanes[lane] += x[i + lane];
  }
  for (int lane = 0; i < count; ++i, ++lane) lanes[lane] += x[i];
  double sum = 0;
  for (const double lane : lanes) sum += lane;
  return sum;
}

/// sum and square sum of each element, added to a line of them.
KTRAIN_SIMD static void add_moments(const float* x, std::int64_t count, double* sum, double* squares) {
#pragma omp simd
  for (std::int64_t i = 0; i < count; ++i) {
    const double v = x[i];
    sum[i] += v;
    squares[i] += v * v;
  }
}

/// y = (x - center) inverse gamma + beta.
template <int kStat, int kParameter>
KTRAIN_SIMD void apply(const float* x, Statistics s, const float* gamma, const float* beta, float* y,
                       std::int64_t count) {
#pragma omp simd
  for (std::int64_t i = 0; i < count; ++i) {
    const double n = (static_cast<double>(x[i]) - s.center[i * kStat]) * s.inverse[i * kStat];
    y[i] = static_cast<float>(n * static_cast<double>(gamma[i * kParameter]) +
                              static_cast<double>(beta[i * kParameter]));
  }
}

/// With g = dy gamma: g and g (x - center), added to a line of sums.
template <int kStat, int kParameter>
KTRAIN_SIMD void add_gradients(const float* x, const float* dy, Statistics s, const float* gamma, double* sum,
                               double* product, std::int64_t count) {
#pragma omp simd
  for (std::int64_t i = 0; i < count; ++i) {
    const double g = static_cast<double>(dy[i]) * static_cast<double>(gamma[i * kParameter]);
    sum[i] += g;
    product[i] += g * (static_cast<double>(x[i]) - s.center[i * kStat]);
  }
}

/// dx = dy gamma inverse - (x - mean) slope - shift.
template <int kStat, int kParameter>
KTRAIN_SIMD void differentiate(const float* x, const float* dy, const double* mean, const double* inverse,
                               const double* slope, const double* shift, const float* gamma, float* dx,
                               std::int64_t count) {
#pragma omp simd
  for (std::int64_t i = 0; i < count; ++i) {
    const double g = static_cast<double>(dy[i]) * static_cast<double>(gamma[i * kParameter]);
    const double d = static_cast<double>(x[i]) - mean[i * kStat];
    dx[i] = static_cast<float>(g * inverse[i * kStat] - d * slope[i * kStat] - shift[i * kStat]);
  }
}

/// dy (x - center) inverse and dy, added to lines of sums.
template <int kStat>
KTRAIN_SIMD void add_parameter_gradients(const float* x, const float* dy, Statistics s, double* gamma,
                                         double* beta, std::int64_t count) {
#pragma omp simd
  for (std::int64_t i = 0; i < count; ++i) {
    const double g = dy[i];
    gamma[i] += g * (static_cast<double>(x[i]) - s.center[i * kStat]) * s.inverse[i * kStat];
    beta[i] += g;
  }
}

}  // namespace ktrain::normalization_loop
