#include "nn/metrics/confusion.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <utility>

#include "core/check.h"
#include "nn/losses/alignment.h"

namespace ktrain {
namespace {

constexpr float kNegativeInfinity = -1e10F;  // as Keras has it

}  // namespace

ConfusionCounts::ConfusionCounts(Options options, const MetricShapes& shapes) : options_(std::move(options)) {
  const Shape shape = aligned_shape(options_.name, shapes);
  width_ = shape.rank() == 0 ? 1 : shape[-1];
  for (const double threshold : options_.thresholds) thresholds_.push_back(static_cast<float>(threshold));
  const auto refuse = [&](const auto&... why) {
    throw Error(ExitCode::kConfiguration, text("metric ", options_.name, ": ", why...));
  };
  if (options_.class_id && (shape.rank() == 0 || *options_.class_id < 0 || *options_.class_id >= width_)) {
    refuse("class_id ", *options_.class_id, " is none of predictions of shape ", shapes.prediction);
  }
  if (options_.multi_label && shape.rank() != 1) {
    refuse("multi_label takes (batch, labels), not predictions of shape ", shapes.prediction);
  }
  if (!options_.label_weights.empty() && std::ssize(options_.label_weights) != width_) {
    refuse(options_.label_weights.size(), " label_weights for ", width_, " labels");
  }
  if (options_.multi_label) labels_ = width_;
  if (shapes.weight) {
    weights_.emplace("metric " + options_.name + ": sample weights", shape, *shapes.weight,
                     WeightMap::Prefix::kAllowed);
  }
}

void ConfusionCounts::add(const LossInput& input, std::span<const double>, std::span<double> sums) {
  const auto predictions = input.prediction.span<float>();
  const auto targets = targets_.of(input.target);
  if (weights_) {
    factors_.assign(predictions.size(), 1.0F);
    weights_->multiply(input.sample_weight, factors_);
  }
  const auto width = static_cast<std::size_t>(width_);
  for (std::size_t first = 0; first < predictions.size(); first += width) {
    add_row(predictions.subspan(first, width), targets.subspan(first, width),
            weights_ ? factors_.data() + first : nullptr, sums);
  }
}

void ConfusionCounts::add_row(std::span<const float> predictions, std::span<const float> targets,
                              const float* weights, std::span<double> sums) {
  if (options_.top_k) {
    keep_top_k(predictions);
    predictions = row_;
  }
  for (std::size_t j = 0; j < predictions.size(); ++j) {
    if (options_.class_id && static_cast<std::int64_t>(j) != *options_.class_id) continue;
    double weight = weights == nullptr ? 1 : static_cast<double>(weights[j]);
    if (!options_.multi_label && !options_.label_weights.empty()) weight *= options_.label_weights[j];
    const float p = options_.from_logits ? 1 / (1 + std::exp(-predictions[j])) : predictions[j];
    const std::size_t label = options_.multi_label ? j : 0;
    const auto size = static_cast<std::size_t>(per_label());
    count(p, targets[j] != 0, weight, sums.subspan(label * size, size));
  }
}

void ConfusionCounts::keep_top_k(std::span<const float> predictions) {
  const auto k = std::min(predictions.size(), static_cast<std::size_t>(*options_.top_k));
  sorted_.assign(predictions.begin(), predictions.end());
  std::ranges::nth_element(sorted_, sorted_.begin() + static_cast<std::ptrdiff_t>(k - 1), std::greater<>());
  const float least = sorted_[k - 1];
  // Of those that equal the least of the top k the first ones belong to it.
  auto equals =
      static_cast<std::ptrdiff_t>(k) - std::ranges::count_if(predictions, [&](float p) { return p > least; });
  row_.resize(predictions.size());
  for (std::size_t j = 0; j < predictions.size(); ++j) {
    const bool top = predictions[j] > least || (predictions[j] == least && equals-- > 0);
    row_[j] = top ? predictions[j] : kNegativeInfinity;
  }
}

void ConfusionCounts::count(float prediction, bool target, double weight, std::span<double> sums) const {
  const std::size_t n = thresholds_.size(), first = target ? 0 : n;
  sums[2 * n + (target ? 0 : 1)] += weight;
  if (options_.evenly) return count_in_buckets(prediction, first, weight, sums);
  for (std::size_t i = 0; i < n; ++i) {
    if (prediction > thresholds_[i]) sums[first + i] += weight;
  }
}

void ConfusionCounts::count_in_buckets(float prediction, std::size_t first, double weight,
                                       std::span<double> sums) const {
  const float inside = std::clamp(prediction, 0.0F, 1.0F);
  float bucket = std::ceil(inside * static_cast<float>(thresholds_.size() - 1)) - 1;
  const bool beyond = options_.thresholds.front() < 0 || options_.thresholds.back() > 1;
  if (beyond) bucket = std::max(bucket, 0.0F);
  if (!(bucket >= 0)) return;
  for (std::size_t i = 0; i <= static_cast<std::size_t>(bucket); ++i) sums[first + i] += weight;
}

ConfusionCounts::Counts ConfusionCounts::at(std::span<const double> sums, std::int64_t threshold,
                                            std::int64_t label) const {
  const auto own =
      sums.subspan(static_cast<std::size_t>(label * per_label()), static_cast<std::size_t>(per_label()));
  const auto i = static_cast<std::size_t>(threshold), n = thresholds_.size();
  return {.tp = own[i], .fp = own[n + i], .tn = own[2 * n + 1] - own[n + i], .fn = own[2 * n] - own[i]};
}

bool evenly_distributed(const std::vector<double>& thresholds) {
  const auto count = thresholds.size();
  if (count < 3) return false;
  for (std::size_t i = 0; i < count; ++i) {
    const double even = static_cast<double>(static_cast<float>(i) / static_cast<float>(count - 1));
    if (!(std::abs(thresholds[i] - even) <= 1e-7 + 1e-5 * even)) return false;
  }
  return true;
}

std::vector<double> even_thresholds(std::int64_t count) {
  std::vector<double> thresholds{0};
  for (std::int64_t i = 1; i + 1 < count; ++i) {
    thresholds.push_back(static_cast<double>(i) / static_cast<double>(count - 1));
  }
  thresholds.push_back(1);
  return thresholds;
}

}  // namespace ktrain
