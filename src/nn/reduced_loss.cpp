#include "ktrain/nn/reduced_loss.h"

#include <algorithm>
#include <utility>

#include "core/check.h"
#include "core/sum.h"
#include "nn/losses/alignment.h"
#include "nn/losses/gathered_batch.h"

namespace ktrain {
namespace {

/// The weights' shape with as many dimensions as the values'; nothing when Keras would not broadcast it.
std::optional<Shape> spread(const Shape& values, const Shape& weights, WeightMap::Prefix prefix) {
  if (weights.elements() == 1)
    return Shape(std::vector<std::int64_t>(static_cast<std::size_t>(values.rank()), 1));
  Shape shape = weights;
  if (shape.rank() == values.rank() + 1 && shape[-1] == 1) shape = without_last(shape);
  const bool last_is_one = shape.rank() + 1 == values.rank() && values[-1] == 1;
  if (last_is_one || prefix == WeightMap::Prefix::kAllowed) {
    std::vector<std::int64_t> dims(shape.dims().begin(), shape.dims().end());
    while (std::ssize(dims) < values.rank()) dims.push_back(1);
    shape = Shape(dims);
  }
  if (shape.rank() != values.rank()) return std::nullopt;
  for (int i = 0; i < shape.rank(); ++i) {
    if (shape[i] != 1 && shape[i] != values[i]) return std::nullopt;
  }
  return shape;
}

double ratio(double a, double b) {
  return b == 0 ? 0 : a / b;
}

}  // namespace

WeightMap::WeightMap(const std::string& what, const Shape& values, const Shape& weights, Prefix prefix)
    : weight_count_(weights.elements()) {
  const auto shape = spread(values, weights, prefix);
  if (!shape) {
    throw Error(ExitCode::kConfiguration,
                text(what, " of shape ", weights, " do not go with values of shape ", values));
  }
  places_.resize(static_cast<std::size_t>(values.elements()));
  for (std::int64_t i = 0; i < std::ssize(places_); ++i) {
    std::int64_t rest = i, stride = 1, place = 0;
    for (int axis = values.rank() - 1; axis >= 0; --axis) {
      if ((*shape)[axis] != 1) place += rest % values[axis] * stride;
      rest /= values[axis];
      stride *= (*shape)[axis];
    }
    places_[static_cast<std::size_t>(i)] = place;
  }
}

void WeightMap::multiply(ConstTensorView weights, std::span<float> factors) const {
  const auto values = weights.span<float>();
  const std::size_t per_row = places_.size(), rows = factors.size() / per_row;
  KTRAIN_CHECK(values.size() == rows * static_cast<std::size_t>(weight_count_), weights.shape(), rows);
  for (std::size_t row = 0; row < rows; ++row) {
    const float* of_row = values.data() + row * static_cast<std::size_t>(weight_count_);
    for (std::size_t i = 0; i < per_row; ++i) factors[row * per_row + i] *= of_row[places_[i]];
  }
}

BoundLoss::BoundLoss(std::unique_ptr<Loss> loss, const Shape& prediction, const Shape& target)
    : loss_(std::move(loss)), prediction_(prediction), target_(target) {
  if (loss_->takes_classes()) {
    loss_->require_targets(prediction, target);
  } else {
    const auto shape = aligned(prediction, target);
    if (!shape) refuse_shapes(loss_->name(), prediction, target);
    prediction_ = target_ = *shape;
  }
  value_shape_ = loss_->value_shape(prediction_);
}

LossRows BoundLoss::rows(const LossInput& input, std::span<const double> group_sums) {
  const std::int64_t count = input.prediction.shape()[0];
  LossRows rows{input.prediction.reshaped(prediction_.batched(count)), input.target, group_sums};
  if (loss_->takes_classes()) return rows;
  if (input.target.dtype() != DType::kFloat32) {
    float_targets_.resize(static_cast<std::size_t>(input.target.elements()));
    copy_as_float(input.target, float_targets_);
    rows.target = ConstTensorView(float_targets_.data(), DType::kFloat32, target_.batched(count));
  } else {
    rows.target = input.target.reshaped(target_.batched(count));
  }
  return rows;
}

ReducedLoss::ReducedLoss(const std::string& name, const LossOptions& options, const Shapes& shapes)
    : reduction_(options.reduction),
      bound_(make_loss(name, options), shapes.prediction, shapes.target),
      masked_(shapes.mask.has_value() || loss().has_mask()),
      loss_sums_(static_cast<std::size_t>(loss().group_sum_count())) {
  const Shape& values = bound_.value_shape();
  const std::string own = loss().name();
  const bool weights_many = shapes.weight && shapes.weight->elements() > 1;
  if (loss().couples_samples() && (shapes.mask || weights_many)) {
    throw Error(ExitCode::kConfiguration,
                text("loss ", own,
                     " has one value for the whole batch: no masks, and weights of one number a sample"));
  }
  const bool weighted = shapes.weight || masked_;
  std::int64_t weights = 1;
  if (shapes.weight) weights_.emplace(own + ": sample weights", values, *shapes.weight);
  if (shapes.mask) masks_.emplace(own + ": masks", values, *shapes.mask);
  if (weights_) weights = std::max(weights, weights_->weight_count());
  if (masks_) weights = std::max(weights, masks_->weight_count());
  if (loss().has_mask()) weights = values.elements();
  weights_per_factor_ = static_cast<double>(weights) / static_cast<double>(values.elements());
  const bool mean = reduction_ == LossReduction::kSumOverBatchSize;
  has_weight_sum_ = (mean && masked_) || (reduction_ == LossReduction::kMeanWithSampleWeight && weighted) ||
                    (loss().couples_samples() && weights_);
  if (loss().compares_samples()) gathered_ = std::make_unique<GatheredBatch>(shapes);
}

ReducedLoss::ReducedLoss(ReducedLoss&&) noexcept = default;
ReducedLoss& ReducedLoss::operator=(ReducedLoss&&) noexcept = default;
ReducedLoss::~ReducedLoss() = default;

std::size_t ReducedLoss::group_sum_count() const {
  return gathered_ ? gathered_->sum_count() : loss_sums_ + (has_weight_sum_ ? 1 : 0);
}

void ReducedLoss::fill_factors(const LossRows& rows, const LossInput& input) {
  factors_.assign(static_cast<std::size_t>(rows.count()) * bound_.values_per_sample(), 1.0F);
  if (loss().has_mask()) loss().mask(rows, factors_);
  if (masks_) masks_->multiply(input.mask, factors_);
}

void ReducedLoss::fill_values(const LossRows& rows, const LossInput& input) {
  values_.resize(static_cast<std::size_t>(rows.count()) * bound_.values_per_sample());
  loss().values(rows, values_);
  if (!masked_ && !weights_) return;
  fill_factors(rows, input);
  if (weights_) weights_->multiply(input.sample_weight, factors_);
  for (std::size_t i = 0; i < values_.size(); ++i) values_[i] *= factors_[i];
}

void ReducedLoss::add_group_sums(const LossInput& input, std::span<double> sums) {
  if (gathered_) return gathered_->put(input, sums);
  const LossRows rows = bound_.rows(input, {});
  loss().check(rows);
  loss().add_group_sums(rows, sums.first(loss_sums_));
  if (has_weight_sum_) sums[loss_sums_] += weight_sum(rows, input);
}

double ReducedLoss::weight_sum(const LossRows& rows, const LossInput& input) {
  fill_factors(rows, input);
  // The mean over a mask's ones has them in the denominator alone, without the weights.
  if (weights_ && (reduction_ != LossReduction::kSumOverBatchSize || loss().couples_samples())) {
    weights_->multiply(input.sample_weight, factors_);
  }
  return sum_of(factors_);
}

double ReducedLoss::denominator(std::int64_t global_rows, std::span<const double> group_sums) const {
  const double count = static_cast<double>(global_rows) * static_cast<double>(bound_.values_per_sample());
  switch (reduction_) {
    case LossReduction::kSum:
      return loss().couples_samples() && !weights_ ? count : 1;
    case LossReduction::kMeanWithSampleWeight:
      return has_weight_sum_ ? group_sums[loss_sums_] * weights_per_factor_ : count;
    case LossReduction::kSumOverBatchSize:
      return masked_ ? group_sums[loss_sums_] : count;
  }
  return count;
}

double ReducedLoss::part(const LossInput& input, std::int64_t global_rows,
                         std::span<const double> group_sums) {
  if (gathered_) return part_of_whole(input, global_rows, group_sums);
  const LossRows rows = bound_.rows(input, group_sums);
  loss().check(rows);
  fill_values(rows, input);
  return ratio(sum_of(values_), denominator(global_rows, group_sums));
}

double ReducedLoss::part_of_whole(const LossInput& input, std::int64_t global_rows,
                                  std::span<const double> group_sums) {
  const LossInput whole = gathered_->batch(group_sums, global_rows);
  const LossRows rows = bound_.rows(whole, {});
  const double weights = has_weight_sum_ ? weight_sum(rows, whole) : 0;
  fill_values(rows, whole);
  const auto own = std::span<const float>(values_).subspan(
      static_cast<std::size_t>(input.first_row), static_cast<std::size_t>(input.prediction.shape()[0]));
  return ratio(sum_of(own), denominator(global_rows, std::span(&weights, 1)));
}

void ReducedLoss::gradient_in_whole(const LossInput& input, std::int64_t global_rows,
                                    std::span<const double> group_sums, double scale,
                                    std::span<float> gradient) {
  const LossInput whole = gathered_->batch(group_sums, global_rows);
  const LossRows rows = bound_.rows(whole, {});
  const double weights = has_weight_sum_ ? weight_sum(rows, whole) : 0;
  const auto factor = static_cast<float>(ratio(scale, denominator(global_rows, std::span(&weights, 1))));
  fill_factors(rows, whole);
  if (weights_) weights_->multiply(whole.sample_weight, factors_);
  for (float& f : factors_) f *= factor;
  whole_gradient_.resize(static_cast<std::size_t>(whole.prediction.elements()));
  loss().gradient(rows, factors_, whole_gradient_);
  const auto width = static_cast<std::size_t>(whole.prediction.elements() / global_rows);
  std::ranges::copy(
      std::span(whole_gradient_).subspan(static_cast<std::size_t>(input.first_row) * width, gradient.size()),
      gradient.begin());
}

void ReducedLoss::gradient(const LossInput& input, std::int64_t global_rows,
                           std::span<const double> group_sums, double scale, TensorView gradient) {
  KTRAIN_CHECK(gradient.shape() == input.prediction.shape(), gradient.shape(), input.prediction.shape());
  if (gathered_) return gradient_in_whole(input, global_rows, group_sums, scale, gradient.span<float>());
  const LossRows rows = bound_.rows(input, group_sums);
  double factor = ratio(scale, denominator(global_rows, group_sums));
  if (loss().couples_samples()) {
    factor *= has_weight_sum_ ? group_sums[loss_sums_] : static_cast<double>(global_rows);
  }
  fill_factors(rows, input);
  if (weights_ && !loss().couples_samples()) weights_->multiply(input.sample_weight, factors_);
  for (float& f : factors_) f *= static_cast<float>(factor);
  loss().gradient(rows, factors_, gradient.span<float>());
}

}  // namespace ktrain
