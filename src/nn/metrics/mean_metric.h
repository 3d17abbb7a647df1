#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "ktrain/nn/metric.h"
#include "ktrain/nn/reduced_loss.h"

namespace ktrain {

/// A metric that is a weighted mean over samples, where a sample's value is the mean over its values
/// (keras.metrics.Mean and MeanMetricWrapper): sum of value·weight / sum of weight, the weight being the
/// sample weight times the mask.
class MeanMetric : public Metric {
 public:
  /// `values`: the shape of one sample's.
  MeanMetric(const std::string& name, const Shape& values, const MetricShapes& shapes);

  std::int64_t sum_count() const override { return 2; }
  void add(const LossInput& input, std::span<const double> group_sums, std::span<double> sums) final;
  double value(std::span<const double> sums, std::int64_t index) const override;

 protected:
  bool is_weighted() const { return weights_ || masks_; }

 private:
  virtual void fill(const LossInput& input, std::span<const double> group_sums, std::span<float> values) = 0;
  /// Multiplies a mask of its own into the factors of the values.
  virtual void mask(const LossInput&, std::span<float>) {}

  std::size_t values_per_sample_;
  std::optional<WeightMap> weights_, masks_;
  std::vector<float> values_, factors_;
};

/// A loss as a metric.
class LossMetric : public MeanMetric {
 public:
  LossMetric(std::unique_ptr<Loss> loss, const MetricShapes& shapes);

  std::int64_t group_sum_count() const override { return bound_.loss().group_sum_count(); }
  void add_group_sums(const LossInput& input, std::span<double> sums) override;

 private:
  LossMetric(BoundLoss bound, const MetricShapes& shapes);
  void fill(const LossInput& input, std::span<const double> group_sums, std::span<float> values) override;
  void mask(const LossInput& input, std::span<float> factors) override;

  BoundLoss bound_;
};

/// keras.metrics.RootMeanSquaredError: the root of the mean over all elements. Keras's ignores masks.
class RootMeanSquaredError : public MeanMetric {
 public:
  explicit RootMeanSquaredError(const MetricShapes& shapes);
  double value(std::span<const double> sums, std::int64_t index) const override;

 private:
  void fill(const LossInput& input, std::span<const double> group_sums, std::span<float> values) override;
};

}  // namespace ktrain
