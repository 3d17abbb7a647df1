#pragma once

#include <cstdint>
#include <optional>

#include "scaling/noise_scale.h"

namespace ktrain {

/// The running means of measurements of the gradient noise, with what an interval of their ratio needs. The
/// mean is plain until 1 / (1 - momentum) measurements are there, exponential from then on: weights w_i that
/// add up to 1.
struct NoiseAverage {
  std::int64_t count = 0;
  NoiseEstimate mean;
  // Weighted variances and the covariance of the measurements around their means (West, Communications of the
  // ACM 22(9), 1979).
  double square_spread = 0;
  double trace_spread = 0;
  double common_spread = 0;
  double squared_weights = 0;  ///< sum of w_i²: 1 over the number of equal weights that would be as good

  void add(const NoiseEstimate& latest, double momentum);
};

/// Where a ratio lies.
struct NoiseInterval {
  double low = 0;
  double high = 0;  ///< infinity where |G|² cannot be told from 0
};

/// The 95 % confidence interval of tr(Sigma) / |G|², as far as it is not negative, by Fieller's theorem
/// (Journal of the Royal Statistical Society B 16, 1954): all phi for which the mean of trace - phi·square is
/// within Student's t times its standard error, from the variances and the covariance of the means;
/// measurements are taken as independent. Nothing for fewer than three measurements or where |G|² is
/// significantly below 0.
std::optional<NoiseInterval> noise_scale_interval(const NoiseAverage& average);

}  // namespace ktrain
