#pragma once

#include <span>

namespace ktrain {

// AdaScale SGD (Johnson et al., arXiv:2007.05105): the static part. `scale` is S, the number of base batches
// in a step; variance is sigma², of the gradient of one base batch, and square is mu², |G|².

/// The gain r = (sigma² + mu²) / (sigma² / S + mu²), between 1 and S for S >= 1; 1 when both are 0.
double adascale_gain_of(double variance, double square, double scale);

/// The same with the gradient noise scale phi in samples: (1 + phi / batch) / (1 + phi / (kappa·batch)), the
/// ratio of the best step sizes of McCandlish et al. (arXiv:1812.06162). Holds below kappa 1 too.
double adascale_gain(double batch, double kappa, double phi);

struct AdascaleMoments {
  double variance;  ///< sigma²
  double square;    ///< mu²
};

/// Unbiased estimates from the S gradients of base batches of one step:
/// sigma² = (sum |g_i|² - S|mean g|²) / (S - 1), mu² = |mean g|² - sigma² / S. `squared_norms` are the
/// |g_i|², at least two; `mean_squared_norm` is |mean g|². Throws Error{kSoftware} for fewer.
AdascaleMoments adascale_moments(std::span<const double> squared_norms, double mean_squared_norm);

/// The momentum of both moments' running means: max(1 - S / 1000, 0).
double adascale_smoothing(double scale);

}  // namespace ktrain
