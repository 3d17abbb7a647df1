#include "scaling/adapted_batch.h"

#include <algorithm>

namespace ktrain {

double batch_of_efficiency(double base_batch, double phi, double efficiency) {
  return (phi + base_batch) / efficiency - phi;
}

double gain_of_change(double from, double to, double phi) {
  return to > from ? (1 + phi / from) / (1 + phi / to) : (phi + from) / (phi + to);
}

std::int64_t adapted_batch(const AdaptiveBatch& options, std::int64_t present, double phi) {
  const auto twice = std::clamp(2 * present, options.least, options.most);
  const double aim = batch_of_efficiency(static_cast<double>(options.base), phi, options.efficiency);
  // What is larger than any batch must not be cast.
  const auto wanted = static_cast<std::int64_t>(std::min(aim, static_cast<double>(twice)));
  const auto next = std::clamp(wanted / options.multiple * options.multiple, options.least, options.most);
  if (present < options.least || present > options.most) return next;
  const double gain = gain_of_change(static_cast<double>(present), static_cast<double>(next), phi);
  return gain > kLeastGain ? next : present;
}

}  // namespace ktrain
