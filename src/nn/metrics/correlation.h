#pragma once

#include "nn/metrics/mean_metric.h"
#include "nn/metrics/target_values.h"

namespace ktrain {

/// keras.metrics.PearsonCorrelation and ConcordanceCorrelation over the last axis, a value for each row.
/// Keras's concordance takes (t - mean p)(p - mean p) as the covariance's terms.
class Correlation : public MeanMetric {
 public:
  enum class Kind { kPearson, kConcordance };
  Correlation(const std::string& name, Kind kind, const MetricShapes& shapes);

 private:
  void fill(const LossInput& input, std::span<const double> group_sums, std::span<float> values) override;

  Kind kind_;
  TargetValues targets_;
};

}  // namespace ktrain
