#pragma once

#include <optional>
#include <span>
#include <string>

namespace ktrain {

/// What a run's log says of the gradient noise scale at one point.
struct NoisePoint {
  double samples;                          ///< trained on so far
  double global_batch;                     ///< samples
  std::optional<double> value, low, high;  ///< samples; the 95 % interval is open where an end is absent
};

/// An SVG image of the noise scale over a run of at least one point: the estimate, its interval as a band,
/// and beside it the global batch; samples on the linear axis, noise scale and batch on a logarithmic one.
std::string noise_chart(std::span<const NoisePoint> points);

}  // namespace ktrain
