#pragma once

#include <memory>
#include <string>
#include <utility>

#include "ktrain/nn/metric.h"

namespace ktrain {

/// A metric that is a weighted mean over samples, where a sample's value is the mean over its rows
/// (keras.metrics.MeanMetricWrapper). Two sums: of value·weight and of weight.
class MeanMetric : public Metric {
 public:
  MeanMetric(std::string name, std::int64_t rows_per_sample)
      : name_(std::move(name)), rows_per_sample_(static_cast<double>(rows_per_sample)) {}

  std::string name() const override { return name_; }
  std::int64_t sum_count() const override { return 2; }
  void add(const LossInput& input, std::span<double> sums) const override;
  double value(std::span<const double> sums) const override;

 private:
  /// The sum over rows of value·weight.
  virtual double sum_over_rows(const LossInput& input) const = 0;

  std::string name_;
  double rows_per_sample_;
};

/// A loss as a metric.
class LossMetric : public MeanMetric {
 public:
  LossMetric(const std::string& name, std::unique_ptr<Loss> loss, const Shape& prediction,
             const Shape& target)
      : MeanMetric(name, loss->elements_per_sample(prediction, target)), loss_(std::move(loss)) {}

 private:
  double sum_over_rows(const LossInput& input) const override { return loss_->numerator(input); }

  std::unique_ptr<Loss> loss_;
};

/// keras.metrics.RootMeanSquaredError.
class RootMeanSquaredError : public LossMetric {
 public:
  RootMeanSquaredError(const std::string& name, const Shape& prediction, const Shape& target)
      : LossMetric(name, make_loss("mean_squared_error"), prediction, target) {}
  double value(std::span<const double> sums) const override;
};

}  // namespace ktrain
