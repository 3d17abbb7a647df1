#include "nn/metrics/mean_metric.h"

#include <algorithm>
#include <cmath>

#include "core/sum.h"
#include "nn/losses/alignment.h"
#include "nn/metrics/target_values.h"

namespace ktrain {

MeanMetric::MeanMetric(const std::string& name, const Shape& values, const MetricShapes& shapes)
    : values_per_sample_(static_cast<std::size_t>(values.elements())) {
  const auto prefix = WeightMap::Prefix::kAllowed;
  if (shapes.weight) weights_.emplace("metric " + name + ": sample weights", values, *shapes.weight, prefix);
  if (shapes.mask) masks_.emplace("metric " + name + ": masks", values, *shapes.mask, prefix);
}

void MeanMetric::add(const LossInput& input, std::span<const double> group_sums, std::span<double> sums) {
  const auto rows = static_cast<std::size_t>(input.prediction.shape()[0]);
  values_.resize(rows * values_per_sample_);
  fill(input, group_sums, values_);
  const auto per_sample = static_cast<double>(values_per_sample_);
  if (!is_weighted()) {
    sums[0] += sum_of(values_) / per_sample;
    sums[1] += static_cast<double>(rows);
    return;
  }
  factors_.assign(values_.size(), 1.0F);
  mask(input, factors_);
  if (masks_) masks_->multiply(input.mask, factors_);
  if (weights_) weights_->multiply(input.sample_weight, factors_);
  for (std::size_t i = 0; i < values_.size(); ++i) values_[i] *= factors_[i];
  sums[0] += sum_of(values_) / per_sample;
  sums[1] += sum_of(factors_) / per_sample;
}

double MeanMetric::value(std::span<const double> sums, std::int64_t) const {
  return sums[1] == 0 ? 0 : sums[0] / sums[1];
}

LossMetric::LossMetric(std::unique_ptr<Loss> loss, const MetricShapes& shapes)
    : LossMetric(BoundLoss(std::move(loss), shapes.prediction, shapes.target), shapes) {}

LossMetric::LossMetric(BoundLoss bound, const MetricShapes& shapes)
    : MeanMetric(bound.loss().name(), bound.value_shape(), shapes), bound_(std::move(bound)) {}

void LossMetric::add_group_sums(const LossInput& input, std::span<double> sums) {
  const LossRows rows = bound_.rows(input, {});
  bound_.loss().add_group_sums(rows, sums);
}

void LossMetric::fill(const LossInput& input, std::span<const double> group_sums, std::span<float> values) {
  const LossRows rows = bound_.rows(input, group_sums);
  bound_.loss().check(rows);
  bound_.loss().values(rows, values);
}

void LossMetric::mask(const LossInput& input, std::span<float> factors) {
  if (bound_.loss().has_mask()) bound_.loss().mask(bound_.rows(input, {}), factors);
}

RootMeanSquaredError::RootMeanSquaredError(const MetricShapes& shapes)
    : MeanMetric("root_mean_squared_error", aligned_shape("root_mean_squared_error", shapes),
                 {shapes.prediction, shapes.target, shapes.weight, std::nullopt}) {}

void RootMeanSquaredError::fill(const LossInput& input, std::span<const double>, std::span<float> values) {
  copy_as_float(input.target, values);
  const float* p = input.prediction.data<float>();
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = (p[i] - values[i]) * (p[i] - values[i]);
}

double RootMeanSquaredError::value(std::span<const double> sums, std::int64_t index) const {
  return std::sqrt(MeanMetric::value(sums, index));
}

}  // namespace ktrain
