#include "scaling/adascale.h"

#include <algorithm>
#include <numeric>

#include "core/check.h"
#include "scaling/formulas.h"

namespace ktrain {

double adascale_gain_of(double variance, double square, double scale) {
  const double all = variance + square;
  return all == 0 ? 1 : all / (variance / scale + square);
}

double adascale_gain(double batch, double kappa, double phi) {
  return 1 / square_ratio(batch, kappa, phi);
}

AdascaleMoments adascale_moments(std::span<const double> squared_norms, double mean_squared_norm) {
  KTRAIN_CHECK(squared_norms.size() >= 2, squared_norms.size(), " gradients");
  const auto scale = static_cast<double>(squared_norms.size());
  const double sum = std::accumulate(squared_norms.begin(), squared_norms.end(), 0.0);
  const double variance = (sum - scale * mean_squared_norm) / (scale - 1);
  return {.variance = variance, .square = mean_squared_norm - variance / scale};
}

double adascale_smoothing(double scale) {
  return std::max(1 - scale / 1000, 0.0);
}

}  // namespace ktrain
