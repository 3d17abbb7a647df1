#include "nn/metrics/correlation.h"

#include <cmath>

#include "nn/losses/alignment.h"

namespace ktrain {
namespace {

Shape rows_of(const std::string& name, const MetricShapes& shapes) {
  const Shape shape = aligned_shape(name, shapes);
  return shape.rank() == 0 ? shape : without_last(shape);
}

struct Moments {
  Moments(std::span<const float> p, std::span<const float> t) : count(static_cast<double>(p.size())) {
    for (std::size_t i = 0; i < p.size(); ++i) {
      mean += static_cast<double>(p[i]) / count;
      target_mean += static_cast<double>(t[i]) / count;
    }
    for (std::size_t i = 0; i < p.size(); ++i) {
      const double x = static_cast<double>(p[i]) - mean, y = static_cast<double>(t[i]) - target_mean;
      variance += x * x / count;
      target_variance += y * y / count;
      covariance += x * y / count;
    }
  }
  double pearson() const { return covariance / (std::sqrt(variance) * std::sqrt(target_variance)); }
  double concordance() const {
    const double shift = target_mean - mean;
    return 2 * covariance / (variance + target_variance + shift * shift + 1e-7);
  }
  double count;
  double mean = 0, target_mean = 0, variance = 0, target_variance = 0, covariance = 0;
};

}  // namespace

Correlation::Correlation(const std::string& name, Kind kind, const MetricShapes& shapes)
    : MeanMetric(name, rows_of(name, shapes), shapes), kind_(kind) {}

void Correlation::fill(const LossInput& input, std::span<const double>, std::span<float> values) {
  const auto targets = targets_.of(input.target);
  const auto predictions = input.prediction.span<float>();
  const std::size_t width = predictions.size() / values.size();
  for (std::size_t row = 0; row < values.size(); ++row) {
    const Moments moments(predictions.subspan(row * width, width), targets.subspan(row * width, width));
    values[row] = static_cast<float>(kind_ == Kind::kPearson ? moments.pearson() : moments.concordance());
  }
}

}  // namespace ktrain
