#include "nn/metrics/iou.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <vector>

#include "core/text.h"
#include "ktrain/nn/reduced_loss.h"
#include "nn/losses/alignment.h"
#include "nn/metrics/accuracy.h"
#include "nn/metrics/target_values.h"

namespace ktrain {
namespace {

struct IouOptions {
  std::string name;
  std::int64_t classes = 2;
  std::vector<std::int64_t> ids;
  std::optional<std::int64_t> ignored;
  bool sparse_target = true, sparse_prediction = true;
  std::optional<double> threshold;  ///< of BinaryIoU
  bool whole_weights = true;
};

class Iou : public Metric {
 public:
  Iou(IouOptions options, const Shape& labels, const MetricShapes& shapes)
      : options_(std::move(options)), width_(shapes.prediction.rank() == 0 ? 1 : shapes.prediction[-1]) {
    if (shapes.weight) {
      weights_.emplace("metric " + options_.name + ": sample weights", labels, *shapes.weight,
                       WeightMap::Prefix::kAllowed);
    }
    values_per_sample_ = static_cast<std::size_t>(labels.elements());
  }

  std::int64_t sum_count() const override { return options_.classes * options_.classes; }

  void add(const LossInput& input, std::span<const double>, std::span<double> sums) override {
    const auto count = static_cast<std::size_t>(input.prediction.shape()[0]) * values_per_sample_;
    const auto targets = options_.sparse_target ? std::span<const float>() : targets_.of(input.target);
    factors_.assign(count, 1.0F);
    if (weights_) weights_->multiply(input.sample_weight, factors_);
    for (std::size_t i = 0; i < count; ++i) {
      const std::int64_t target =
          options_.sparse_target ? class_at(input.target, static_cast<std::int64_t>(i)) : largest(targets, i);
      const std::int64_t prediction = predicted(input.prediction.span<float>(), i);
      if (!counts(target) || !counts(prediction) || (options_.ignored && target == *options_.ignored))
        continue;
      const float weight = options_.whole_weights ? std::trunc(factors_[i]) : factors_[i];
      sums[static_cast<std::size_t>(target * options_.classes + prediction)] += static_cast<double>(weight);
    }
  }

  double value(std::span<const double> sums, std::int64_t) const override {
    double total = 0, valid = 0;
    for (const std::int64_t id : options_.ids) {
      double row = 0, column = 0;
      for (std::int64_t c = 0; c < options_.classes; ++c) {
        row += sums[static_cast<std::size_t>(id * options_.classes + c)];
        column += sums[static_cast<std::size_t>(c * options_.classes + id)];
      }
      const double both = sums[static_cast<std::size_t>(id * options_.classes + id)];
      const double either = row + column - both;
      if (!(either > 1e-9)) continue;
      total += both / (either + 1e-7);
      valid += 1;
    }
    return total / (valid + 1e-7);
  }

 private:
  bool counts(std::int64_t label) const { return 0 <= label && label < options_.classes; }
  std::int64_t largest(std::span<const float> values, std::size_t row) const {
    const auto width = static_cast<std::size_t>(width_);
    return position_of_largest(values.subspan(row * width, width));
  }
  std::int64_t predicted(std::span<const float> predictions, std::size_t i) const {
    if (!options_.sparse_prediction) return largest(predictions, i);
    if (options_.threshold) return predictions[i] >= static_cast<float>(*options_.threshold) ? 1 : 0;
    return static_cast<std::int64_t>(predictions[i]);
  }

  IouOptions options_;
  std::int64_t width_;
  std::size_t values_per_sample_ = 1;
  std::optional<WeightMap> weights_;
  TargetValues targets_;
  std::vector<float> factors_;
};

IouOptions iou_options(const std::string& name, const MetricOptions& options) {
  const bool one_hot = name.starts_with("one_hot"), binary = name.starts_with("binary");
  IouOptions iou{.name = name,
                 .classes = binary ? 2 : options.num_classes.value_or(0),
                 .ids = options.target_class_ids,
                 .ignored = options.loss.ignore_class,
                 .sparse_target = !one_hot && options.sparse_y_true.value_or(true),
                 .sparse_prediction = options.sparse_y_pred.value_or(!one_hot),
                 .threshold = {},
                 .whole_weights = !options.float_counts};
  if (binary) iou.threshold = options.threshold.value_or(0.5);
  if (iou.ids.empty() && (binary || name.ends_with("mean_io_u"))) {
    for (std::int64_t id = 0; id < iou.classes; ++id) iou.ids.push_back(id);
  }
  const bool outside = std::ranges::any_of(iou.ids, [&](auto id) { return id < 0 || id >= iou.classes; });
  if (iou.classes < 1 || iou.ids.empty() || outside) {
    throw Error(ExitCode::kConfiguration,
                text("metric ", name, " takes num_classes and target_class_ids below it"));
  }
  if (options.loss.axis && *options.loss.axis != std::vector{-1}) {
    throw Error(ExitCode::kConfiguration, text("metric ", name, ": only over the last axis"));
  }
  return iou;
}

}  // namespace

std::unique_ptr<Metric> make_iou(const std::string& name, const MetricOptions& options,
                                 const MetricShapes& shapes) {
  IouOptions iou = iou_options(name, options);
  const auto labels = [&](const Shape& shape, bool sparse) {
    if (!sparse && shape.rank() == 0) refuse_shapes("metric " + name, shapes.prediction, shapes.target);
    return sparse ? shape : without_last(shape);
  };
  const Shape predictions = labels(shapes.prediction, iou.sparse_prediction);
  const Shape targets = labels(shapes.target, iou.sparse_target);
  if (predictions.elements() != targets.elements()) {
    refuse_shapes("metric " + name, shapes.prediction, shapes.target);
  }
  return std::make_unique<Iou>(std::move(iou), predictions, shapes);
}

}  // namespace ktrain
