#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "core/text.h"
#include "ktrain/nn/reduced_loss.h"
#include "nn/metrics/column_metrics.h"
#include "nn/metrics/target_values.h"

namespace ktrain {
namespace {

/// Sums for each class: true positives, false positives, false negatives, targets.
class FScore : public Metric {
 public:
  FScore(const std::string& name, const MetricOptions& options, const MetricShapes& shapes)
      : classes_(shapes.prediction[-1]), average_(options.average), beta_(options.beta.value_or(1)) {
    if (options.threshold) threshold_ = static_cast<float>(*options.threshold);
    if (shapes.weight) weights_.emplace("metric " + name + ": sample weights", Shape{}, *shapes.weight);
  }

  std::int64_t sum_count() const override { return 4 * classes_; }
  std::int64_t value_count() const override { return average_.empty() ? classes_ : 1; }

  void add(const LossInput& input, std::span<const double>, std::span<double> sums) override {
    const auto classes = static_cast<std::size_t>(classes_);
    const auto targets = targets_.of(input.target);
    const auto predictions = input.prediction.span<float>();
    for (std::size_t row = 0; row * classes < predictions.size(); ++row) {
      const double weight = weights_ ? static_cast<double>(input.sample_weight.span<float>()[row]) : 1;
      const auto p = predictions.subspan(row * classes, classes);
      const float highest = *std::ranges::max_element(p);
      for (std::size_t j = 0; j < classes; ++j) {
        const bool positive = threshold_ ? p[j] > *threshold_ : p[j] >= highest && std::abs(p[j]) > 1e-9F;
        const auto t = static_cast<double>(targets[row * classes + j]);
        double* own = sums.data() + 4 * j;
        own[0] += positive ? weight * t : 0;
        own[1] += positive ? weight * (1 - t) : 0;
        own[2] += positive ? 0 : weight * t;
        own[3] += weight * t;
      }
    }
  }

  double value(std::span<const double> sums, std::int64_t index) const override {
    if (average_.empty()) return score(sums.subspan(static_cast<std::size_t>(4 * index), 4));
    double total[4] = {}, mean = 0, weighted = 0;
    for (std::int64_t c = 0; c < classes_; ++c) {
      const auto own = sums.subspan(static_cast<std::size_t>(4 * c), 4);
      for (std::size_t i = 0; i < 4; ++i) total[i] += own[i];
      mean += score(own) / static_cast<double>(classes_);
      weighted += score(own) * own[3];
    }
    if (average_ == "micro") return score(total);
    return average_ == "macro" ? mean : weighted / (total[3] + 1e-7);
  }

 private:
  double score(std::span<const double> s) const {
    constexpr double kLeast = 1e-7;
    const double precision = s[0] / (s[0] + s[1] + kLeast), recall = s[0] / (s[0] + s[2] + kLeast);
    const double squared = beta_ * beta_;
    return precision * recall / (squared * precision + recall + kLeast) * (1 + squared);
  }

  std::int64_t classes_;
  std::string average_;
  double beta_;
  std::optional<float> threshold_;
  std::optional<WeightMap> weights_;
  TargetValues targets_;
};

}  // namespace

std::unique_ptr<Metric> make_f_score(const std::string& name, const MetricOptions& options,
                                     const MetricShapes& shapes) {
  require_rows(name, shapes);
  const auto refuse = [&](const auto&... why) {
    throw Error(ExitCode::kConfiguration, text("metric ", name, ": ", why...));
  };
  if (!options.average.empty() && options.average != "micro" && options.average != "macro" &&
      options.average != "weighted") {
    refuse("average ", options.average, " is none of micro, macro, weighted");
  }
  if (options.beta && !(*options.beta > 0)) refuse("beta ", *options.beta, " is not positive");
  if (options.threshold && !(*options.threshold > 0 && *options.threshold <= 1)) {
    refuse("threshold ", *options.threshold, " is outside (0, 1]");
  }
  return std::make_unique<FScore>(name, options, shapes);
}

}  // namespace ktrain
