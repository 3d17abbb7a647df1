#include "scaling/noise_scale.h"

#include <algorithm>
#include <cmath>

namespace ktrain {

std::optional<NoiseEstimate> estimate_noise(std::span<const GradientPiece> pieces, double squared_norm) {
  double count = 0, samples = 0, weighted = 0;
  for (const GradientPiece& piece : pieces) {
    if (piece.samples <= 0) continue;
    count += 1;
    samples += piece.samples;
    weighted += piece.samples * piece.squared_norm;
  }
  if (count < 2) return {};
  weighted /= samples;
  return NoiseEstimate{.square = (count * squared_norm - weighted) / (count - 1),
                       .trace = samples * (weighted - squared_norm) / (count - 1)};
}

NoiseEstimate estimate_noise(const GradientPiece& small, const GradientPiece& large) {
  return {.square = (large.samples * large.squared_norm - small.samples * small.squared_norm) /
                    (large.samples - small.samples),
          .trace = (small.squared_norm - large.squared_norm) / (1 / small.samples - 1 / large.samples)};
}

NoiseEstimate averaged_noise(const NoiseEstimate& mean, const NoiseEstimate& latest, double momentum) {
  return {.square = momentum * mean.square + (1 - momentum) * latest.square,
          .trace = momentum * mean.trace + (1 - momentum) * latest.trace};
}

std::optional<double> noise_scale(const NoiseEstimate& estimate) {
  if (!(estimate.square > 0)) return {};
  return std::max(estimate.trace, 0.0) / estimate.square;
}

double statistical_efficiency(double base_batch, double batch, double phi) {
  return std::isinf(phi) ? 1 : (phi + base_batch) / (phi + batch);
}

}  // namespace ktrain
