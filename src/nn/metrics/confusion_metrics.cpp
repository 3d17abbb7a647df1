#include <algorithm>
#include <map>
#include <utility>

#include "core/text.h"
#include "nn/metrics/confusion.h"

namespace ktrain {
namespace {

double ratio(double part, double rest) {
  return part + rest == 0 ? 0 : part / (part + rest);
}

/// A function of the counts at each threshold.
template <typename Counts>
using Function = double (*)(const Counts&);

class CountsMetric : public ConfusionCounts {
 public:
  using Of = Function<Counts>;
  CountsMetric(Options options, const MetricShapes& shapes, Of of)
      : ConfusionCounts(std::move(options), shapes), of_(of) {}
  std::int64_t value_count() const override { return thresholds(); }
  double value(std::span<const double> sums, std::int64_t index) const override {
    return of_(at(sums, index));
  }

  static double true_positives(const Counts& c) { return c.tp; }
  static double false_positives(const Counts& c) { return c.fp; }
  static double true_negatives(const Counts& c) { return c.tn; }
  static double false_negatives(const Counts& c) { return c.fn; }
  static double precision(const Counts& c) { return ratio(c.tp, c.fp); }
  static double recall(const Counts& c) { return ratio(c.tp, c.fn); }
  static double specificity(const Counts& c) { return ratio(c.tn, c.fp); }

 private:
  Of of_;
};

/// The largest of one where the other is at least `least`.
class ConstrainedMetric : public ConfusionCounts {
 public:
  using Of = Function<Counts>;
  ConstrainedMetric(Options options, const MetricShapes& shapes, Of of, Of constrained, double least)
      : ConfusionCounts(std::move(options), shapes), of_(of), constrained_(constrained), least_(least) {}

  double value(std::span<const double> sums, std::int64_t) const override {
    double best = 0;
    for (std::int64_t i = 0; i < thresholds(); ++i) {
      const Counts counts = at(sums, i);
      // In float32, as Keras compares: 8 / 10 reaches 0.8.
      const bool feasible = static_cast<float>(constrained_(counts)) >= static_cast<float>(least_);
      if (feasible) best = std::max(best, of_(counts));
    }
    return best;
  }

 private:
  Of of_, constrained_;
  double least_;
};

void check_thresholds(const std::string& name, const std::vector<double>& thresholds) {
  for (const double threshold : thresholds) {
    if (threshold >= 0 && threshold <= 1) continue;
    throw Error(ExitCode::kConfiguration,
                text("metric ", name, ": threshold ", threshold, " is outside [0, 1]"));
  }
}

}  // namespace

std::unique_ptr<Metric> make_confusion_metric(const std::string& name, const MetricOptions& options,
                                              const MetricShapes& shapes) {
  static const std::map<std::string, CountsMetric::Of> functions = {
      {"true_positives", CountsMetric::true_positives}, {"false_positives", CountsMetric::false_positives},
      {"true_negatives", CountsMetric::true_negatives}, {"false_negatives", CountsMetric::false_negatives},
      {"precision", CountsMetric::precision},           {"recall", CountsMetric::recall}};
  check_thresholds(name, options.thresholds);
  if (options.top_k && *options.top_k < 1) {
    throw Error(ExitCode::kConfiguration,
                text("metric ", name, ": top_k ", *options.top_k, " is not positive"));
  }
  std::vector<double> thresholds = options.thresholds;
  if (thresholds.empty()) thresholds = {options.top_k ? -1e10 : 0.5};
  const bool evenly = evenly_distributed(thresholds);
  return std::make_unique<CountsMetric>(ConfusionCounts::Options{.name = name,
                                                                 .thresholds = std::move(thresholds),
                                                                 .evenly = evenly,
                                                                 .top_k = options.top_k,
                                                                 .class_id = options.class_id},
                                        shapes, functions.at(name));
}

std::unique_ptr<Metric> make_constrained_metric(const std::string& name, const MetricOptions& options,
                                                const MetricShapes& shapes) {
  struct Pair {
    CountsMetric::Of of, constrained;
  };
  static const std::map<std::string, Pair> pairs = {
      {"sensitivity_at_specificity", {CountsMetric::recall, CountsMetric::specificity}},
      {"specificity_at_sensitivity", {CountsMetric::specificity, CountsMetric::recall}},
      {"precision_at_recall", {CountsMetric::precision, CountsMetric::recall}},
      {"recall_at_precision", {CountsMetric::recall, CountsMetric::precision}}};
  const std::int64_t count = options.num_thresholds.value_or(200);
  if (!options.value || *options.value < 0 || *options.value > 1 || count < 1) {
    throw Error(ExitCode::kConfiguration,
                text("metric ", name, " takes a value from 0 to 1 and num_thresholds of at least 1"));
  }
  const Pair pair = pairs.at(name);
  return std::make_unique<ConstrainedMetric>(
      ConfusionCounts::Options{.name = name,
                               .thresholds = count == 1 ? std::vector{0.5} : even_thresholds(count),
                               .evenly = count > 1,
                               .class_id = options.class_id},
      shapes, pair.of, pair.constrained, *options.value);
}

}  // namespace ktrain
