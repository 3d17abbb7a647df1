#include "scaling/noise_average.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace ktrain {
namespace {

/// Student's t that 2.5 % lie above: Cornish and Fisher's expansion around the normal quantile (Abramowitz
/// and Stegun 26.7.5), within 1 % from 2 degrees of freedom on.
double student_quantile(double degrees) {
  constexpr double z = 1.959963984540054, z2 = z * z;
  constexpr double terms[] = {z, z * (z2 + 1) / 4, z * ((5 * z2 + 16) * z2 + 3) / 96,
                              z * (((3 * z2 + 19) * z2 + 17) * z2 - 15) / 384,
                              z * ((((79 * z2 + 776) * z2 + 1482) * z2 - 1920) * z2 - 945) / 92160};
  double sum = 0, power = 1;
  for (const double term : terms) {
    sum += term * power;
    power /= degrees;
  }
  return sum;
}

}  // namespace

void NoiseAverage::add(const NoiseEstimate& latest, double momentum) {
  ++count;
  const double kept = std::min(momentum, 1 - 1 / static_cast<double>(count));
  const double square = latest.square - mean.square, trace = latest.trace - mean.trace;
  mean = averaged_noise(mean, latest, kept);
  square_spread = kept * (square_spread + (1 - kept) * square * square);
  trace_spread = kept * (trace_spread + (1 - kept) * trace * trace);
  common_spread = kept * (common_spread + (1 - kept) * square * trace);
  squared_weights = kept * kept * squared_weights + (1 - kept) * (1 - kept);
}

std::optional<NoiseInterval> noise_scale_interval(const NoiseAverage& average) {
  if (average.count < 3) return {};
  const double t = student_quantile(1 / average.squared_weights - 1);
  const double factor = t * t * average.squared_weights / (1 - average.squared_weights);
  const auto [square, trace] = average.mean;
  // phi is in it where a·phi² - 2b·phi + c <= 0.
  const double a = square * square - factor * average.square_spread;
  const double b = square * trace - factor * average.common_spread;
  const double c = trace * trace - factor * average.trace_spread;
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  if (a > 0) {
    if (square < 0) return {};
    const double root = std::sqrt(std::max(b * b - a * c, 0.0));
    return NoiseInterval{std::max((b - root) / a, 0.0), std::max((b + root) / a, 0.0)};
  }
  if (c <= 0) return NoiseInterval{0, kInfinity};
  const double root = std::sqrt(b * b - a * c);
  const double low = b >= 0 ? c / (b + root) : (b - root) / a;  // the root that is positive
  return NoiseInterval{low, kInfinity};
}

}  // namespace ktrain
