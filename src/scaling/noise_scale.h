#pragma once

#include <optional>
#include <span>

namespace ktrain {

// The simple noise scale tr(Sigma) / |G|² (McCandlish et al., arXiv:1812.06162, appendix A.1), where G is the
// gradient of the whole training set and Sigma the covariance of the gradients of its samples. Squared norms
// are those of mean gradients, before clipping and without loss scaling.

/// The gradient of some samples: of a shard of a step, or of a whole step in a pair of them; never of what
/// hangs on the number of workers.
struct GradientPiece {
  double samples;
  double squared_norm;
};

/// Unbiased estimates; each alone may be negative.
struct NoiseEstimate {
  double square = 0;  ///< |G|²
  double trace = 0;   ///< tr(Sigma)
};

/// From the pieces of one step and |g|² of their sum over all samples. With l = sum (b_k / B)|g_k|² over the
/// K pieces that are not empty: |G|² = (K|g|² - l) / (K - 1), tr(Sigma) = B(l - |g|²) / (K - 1). Weighting
/// with b_k / B makes both unbiased for uneven pieces. Nothing for fewer than two.
std::optional<NoiseEstimate> estimate_noise(std::span<const GradientPiece> pieces, double squared_norm);

/// From a small and a large batch: |G|² = (B|g_B|² - b|g_b|²) / (B - b),
/// tr(Sigma) = (|g_b|² - |g_B|²) / (1 / b - 1 / B). `small.squared_norm` may be a mean over batches.
NoiseEstimate estimate_noise(const GradientPiece& small, const GradientPiece& large);

/// A running mean, of both numbers apart: the mean of their ratios is far off. momentum·mean + (1 -
/// momentum)·latest. For the same memory in samples the momentum is same_memory of the base batch's.
NoiseEstimate averaged_noise(const NoiseEstimate& mean, const NoiseEstimate& latest, double momentum);

/// tr(Sigma) / |G|² in samples, with a negative tr(Sigma) as 0. Nothing when |G|² is not above 0. The bias of
/// a running mean that began at 0 cancels here.
std::optional<double> noise_scale(const NoiseEstimate& estimate);

/// Progress per sample at `batch` in units of that at `base_batch`: (phi + base_batch) / (phi + batch) (Qiao
/// et al., Pollux, OSDI 2021, equation 6). Times kappa it is AdaScale's gain.
double statistical_efficiency(double base_batch, double batch, double phi);

}  // namespace ktrain
