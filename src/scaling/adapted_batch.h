#pragma once

#include <cstdint>

namespace ktrain {

/// What a batch that follows the gradient noise scale may be.
struct AdaptiveBatch {
  double efficiency = 0.8;  ///< statistical_efficiency that is aimed at, in (0, 1)
  std::int64_t base = 1;    ///< the batch whose progress per sample is 1
  std::int64_t least = 1;
  std::int64_t most = 1;
  std::int64_t multiple = 1;  ///< of which batches are multiples, `least` aside
};

/// Changes that promise less are not made.
inline constexpr double kLeastGain = 1.05;

/// Where statistical_efficiency is `efficiency`: (phi + base_batch) / efficiency - phi (Pollux,
/// arXiv:2008.12260, equation 6, solved for the batch).
double batch_of_efficiency(double base_batch, double phi, double efficiency);

/// By what factor fewer steps, if the batch grows, or fewer samples, if it shrinks, bring the same progress
/// at noise scale phi: steps are in proportion to 1 + phi / batch, samples to phi + batch.
double gain_of_change(double from, double to, double phi);

/// The batch to go on with at noise scale phi: the largest multiple whose efficiency is at least the one
/// aimed at, within the limits and at most twice the present one. The present one where the change would not
/// gain more than kLeastGain (Pollux's threshold): so a batch grows by more than 5 % and shrinks only when
/// its efficiency has fallen below 1 / 1.05 of what is aimed at, and an estimate that wavers does not move it
/// to and fro. One out of its limits moves in any case.
std::int64_t adapted_batch(const AdaptiveBatch& options, std::int64_t present, double phi);

}  // namespace ktrain
