#include "nn/metrics/accuracy.h"

#include <algorithm>

#include "core/parallel.h"
#include "nn/losses/alignment.h"

namespace ktrain {
namespace {

Shape rows_of(const std::string& name, bool sparse, const MetricShapes& shapes) {
  if (sparse) require_classes("metric " + name, shapes.prediction, shapes.target);
  const Shape shape = sparse ? shapes.prediction : aligned_shape(name, shapes);
  return shape.rank() == 0 ? shape : without_last(shape);
}

}  // namespace

std::int64_t position_of_largest(std::span<const float> values) {
  return std::ranges::max_element(values) - values.begin();
}

EqualityAccuracy::EqualityAccuracy(const std::string& name, std::optional<double> threshold,
                                   const MetricShapes& shapes)
    : MeanMetric(name, aligned_shape(name, shapes), shapes) {
  if (threshold) threshold_ = static_cast<float>(*threshold);
}

void EqualityAccuracy::fill(const LossInput& input, std::span<const double>, std::span<float> values) {
  const auto targets = targets_.of(input.target);
  const auto predictions = input.prediction.span<float>();
  for (std::size_t i = 0; i < values.size(); ++i) {
    const float p = !threshold_ ? predictions[i] : predictions[i] > *threshold_ ? 1.0F : 0.0F;
    values[i] = p == targets[i] ? 1.0F : 0.0F;
  }
}

ClassAccuracy::ClassAccuracy(const std::string& name, Kind kind, const MetricShapes& shapes)
    : MeanMetric(name, rows_of(name, kind.sparse, shapes), shapes), kind_(kind) {}

void ClassAccuracy::fill(const LossInput& input, std::span<const double>, std::span<float> values) {
  const std::size_t width = static_cast<std::size_t>(input.prediction.elements()) / values.size();
  const auto predictions = input.prediction.span<float>();
  const auto targets = kind_.sparse ? std::span<const float>() : targets_.of(input.target);
  parallel_for(std::ssize(values), 1 + 8192 / static_cast<std::int64_t>(width),
               [&](std::int64_t begin, std::int64_t end) {
                 for (std::int64_t row = begin; row < end; ++row) {
                   const std::size_t first = static_cast<std::size_t>(row) * width;
                   const std::int64_t target = kind_.sparse
                                                   ? class_at(input.target, row)
                                                   : position_of_largest(targets.subspan(first, width));
                   values[static_cast<std::size_t>(row)] =
                       hits(predictions.subspan(first, width), target) ? 1.0F : 0.0F;
                 }
               });
}

bool ClassAccuracy::hits(std::span<const float> predictions, std::int64_t target) const {
  if (kind_.from_sorted_ids) {
    const auto first = predictions.first(std::min(predictions.size(), static_cast<std::size_t>(kind_.top_k)));
    return std::ranges::find(first, static_cast<float>(target)) != first.end();
  }
  if (target < 0 || target >= std::ssize(predictions)) return false;
  if (kind_.top_k == 0) return position_of_largest(predictions) == target;
  const float own = predictions[static_cast<std::size_t>(target)];
  return std::ranges::count_if(predictions, [&](float p) { return p > own; }) < kind_.top_k;
}

}  // namespace ktrain
