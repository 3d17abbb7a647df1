#pragma once

#include "nn/mean_metric.h"

namespace ktrain {

/// keras.metrics.BinaryAccuracy: how often (prediction > 0.5) equals the target.
class BinaryAccuracy : public MeanMetric {
 public:
  BinaryAccuracy(const std::string& name, const Shape& prediction, const Shape& target);

 private:
  double sum_over_rows(const LossInput& input) const override;
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
  };
  ClassAccuracy(const std::string& name, Kind kind, const Shape& prediction, const Shape& target);

 private:
  double sum_over_rows(const LossInput& input) const override;
  bool hits(std::span<const float> predictions, std::int64_t target) const;

  Kind kind_;
};

}  // namespace ktrain
