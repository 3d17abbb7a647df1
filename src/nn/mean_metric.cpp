#include "nn/mean_metric.h"

#include <cmath>

#include "core/sum.h"

namespace ktrain {
namespace {

double sum_of_weights(const LossInput& input) {
  const auto samples = static_cast<double>(input.prediction.shape()[0]);
  const ConstTensorView& weights = input.sample_weight;
  if (weights.empty() || samples == 0) return samples;
  const double weights_per_sample = static_cast<double>(weights.elements()) / samples;
  return sum_of(weights.span<float>()) / weights_per_sample;
}

}  // namespace

void MeanMetric::add(const LossInput& input, std::span<double> sums) const {
  sums[0] += sum_over_rows(input) / rows_per_sample_;
  sums[1] += sum_of_weights(input);
}

double MeanMetric::value(std::span<const double> sums) const {
  return sums[1] == 0 ? 0 : sums[0] / sums[1];
}

double RootMeanSquaredError::value(std::span<const double> sums) const {
  return std::sqrt(LossMetric::value(sums));
}

}  // namespace ktrain
