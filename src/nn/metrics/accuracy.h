#pragma once

#include "nn/metrics/mean_metric.h"
#include "nn/metrics/target_values.h"

namespace ktrain {

/// keras.metrics.Accuracy, how often prediction and target are equal, and BinaryAccuracy, how often
/// (prediction > threshold) equals the target.
class EqualityAccuracy : public MeanMetric {
 public:
  EqualityAccuracy(const std::string& name, std::optional<double> threshold, const MetricShapes& shapes);

 private:
  void fill(const LossInput& input, std::span<const double> group_sums, std::span<float> values) override;

  std::optional<float> threshold_;
  TargetValues targets_;
};

/// keras.metrics.CategoricalAccuracy, TopKCategoricalAccuracy and their sparse forms: how often the target's
/// class is predicted. The target is a class index (sparse), or the class is where the target is largest.
class ClassAccuracy : public MeanMetric {
 public:
  struct Kind {
    bool sparse = false;
    /// 0: the class must be the first where the prediction is largest. Else fewer than k predictions must be
    /// larger than the class's.
    std::int64_t top_k = 0;
    /// The predictions are classes, the best first, of which the first k count.
    bool from_sorted_ids = false;
  };
  ClassAccuracy(const std::string& name, Kind kind, const MetricShapes& shapes);

 private:
  void fill(const LossInput& input, std::span<const double> group_sums, std::span<float> values) override;
  bool hits(std::span<const float> predictions, std::int64_t target) const;

  Kind kind_;
  TargetValues targets_;
};

/// Where the largest value is, the first of equals.
std::int64_t position_of_largest(std::span<const float> values);

}  // namespace ktrain
