#include <cmath>
#include <optional>

#include "core/text.h"
#include "ktrain/nn/reduced_loss.h"
#include "nn/metrics/column_metrics.h"
#include "nn/metrics/target_values.h"

namespace ktrain {
namespace {

/// Sums for each column: w t, w t², w (t - p)², w; behind them the number of elements.
class R2Score : public Metric {
 public:
  R2Score(const MetricOptions& options, const Shape& sample, const MetricShapes& shapes)
      : columns_(sample.elements()),
        aggregation_(options.class_aggregation.value_or("uniform_average")),
        regressors_(static_cast<double>(options.num_regressors)) {
    if (shapes.weight)
      weights_.emplace("metric r2_score: sample weights", sample, *shapes.weight,
                       WeightMap::Prefix::kAllowed);
  }

  std::int64_t sum_count() const override { return 4 * columns_ + 1; }
  std::int64_t value_count() const override { return aggregation_.empty() ? columns_ : 1; }

  void add(const LossInput& input, std::span<const double>, std::span<double> sums) override {
    const auto targets = targets_.of(input.target);
    const auto predictions = input.prediction.span<float>();
    factors_.assign(predictions.size(), 1.0F);
    if (weights_) weights_->multiply(input.sample_weight, factors_);
    for (std::size_t i = 0; i < predictions.size(); ++i) {
      const auto t = static_cast<double>(targets[i]), w = static_cast<double>(factors_[i]);
      const double error = t - static_cast<double>(predictions[i]);
      double* own = sums.data() + 4 * (i % static_cast<std::size_t>(columns_));
      own[0] += w * t;
      own[1] += w * t * t;
      own[2] += w * error * error;
      own[3] += w;
    }
    sums.back() += static_cast<double>(predictions.size());
  }

  double value(std::span<const double> sums, std::int64_t index) const override {
    const double score = aggregation_.empty() ? Column(sums, index).score() : aggregated(sums);
    const double samples = sums.back();
    if (regressors_ == 0 || regressors_ >= samples - 1) return score;
    return 1 - (1 - score) * (samples - 1) / (samples - regressors_ - 1);
  }

 private:
  struct Column {
    Column(std::span<const double> sums, std::int64_t index) {
      const auto own = sums.subspan(static_cast<std::size_t>(4 * index), 4);
      total = own[1] - own[0] * (own[0] / own[3]);
      residual = own[2];
    }
    double score() const {
      const double raw = 1 - residual / total;
      return std::isinf(raw) ? 0 : raw;
    }
    double total, residual;
  };

  double aggregated(std::span<const double> sums) const {
    double mean = 0, weighted = 0, weights = 0;
    for (std::int64_t c = 0; c < columns_; ++c) {
      const Column column(sums, c);
      mean += column.score() / static_cast<double>(columns_);
      weighted += column.total * column.score();
      weights += column.total;
    }
    return aggregation_ == "uniform_average" ? mean : weighted / weights;
  }

  std::int64_t columns_;
  std::string aggregation_;
  double regressors_;
  std::optional<WeightMap> weights_;
  TargetValues targets_;
  std::vector<float> factors_;
};

}  // namespace

std::unique_ptr<Metric> make_r2_score(const MetricOptions& options, const MetricShapes& shapes) {
  const Shape sample = aligned_shape("r2_score", shapes);
  require_rows("r2_score", {sample, sample});
  const std::string aggregation = options.class_aggregation.value_or("uniform_average");
  if (!aggregation.empty() && aggregation != "uniform_average" &&
      aggregation != "variance_weighted_average") {
    throw Error(ExitCode::kConfiguration,
                text("metric r2_score: class_aggregation ", aggregation, " is not known"));
  }
  return std::make_unique<R2Score>(options, sample, shapes);
}

}  // namespace ktrain
