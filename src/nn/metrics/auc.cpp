#include <algorithm>
#include <cmath>
#include <utility>

#include "core/text.h"
#include "nn/metrics/confusion.h"

namespace ktrain {
namespace {

enum class Curve { kRoc, kPr, kPrGain };
enum class Summation { kInterpolation, kMajoring, kMinoring };

double quotient(double a, double b) {
  return b == 0 ? 0 : a / b;
}

/// keras.metrics.AUC: a Riemann sum under the curve through the points at the thresholds; for a
/// precision-recall curve with interpolation as Davis and Goadrich (2006) integrate it.
class Auc : public ConfusionCounts {
 public:
  Auc(Options options, const MetricShapes& shapes, Curve curve, Summation summation,
      std::vector<double> label_weights)
      : ConfusionCounts(std::move(options), shapes),
        curve_(curve),
        summation_(summation),
        label_weights_(std::move(label_weights)) {}

  double value(std::span<const double> sums, std::int64_t) const override {
    double total = 0, weights = 0;
    for (std::int64_t label = 0; label < labels(); ++label) {
      const double weight = label_weights_.empty() ? 1 : label_weights_[static_cast<std::size_t>(label)];
      total += weight * area(sums, label);
      weights += weight;
    }
    return quotient(total, weights);
  }

 private:
  struct Point {
    double x, y;
  };

  double area(std::span<const double> sums, std::int64_t label) const {
    double area = 0;
    const bool interpolates = curve_ == Curve::kPr && summation_ == Summation::kInterpolation;
    for (std::int64_t i = 0; i + 1 < thresholds(); ++i) {
      const Counts left = at(sums, i, label), right = at(sums, i + 1, label);
      area += interpolates ? precision_recall_step(left, right) : step(point(left), point(right));
    }
    return area;
  }

  double step(Point left, Point right) const {
    double height = (left.y + right.y) / 2;
    if (summation_ == Summation::kMinoring) height = std::min(left.y, right.y);
    if (summation_ == Summation::kMajoring) height = std::max(left.y, right.y);
    return (left.x - right.x) * height;
  }

  Point point(const Counts& c) const {
    const double recall = quotient(c.tp, c.tp + c.fn);
    if (curve_ == Curve::kRoc) return {quotient(c.fp, c.fp + c.tn), recall};
    if (curve_ == Curve::kPr) return {recall, quotient(c.tp, c.tp + c.fp)};
    if (c.tp == 0) return {0, 1};
    const double scale = quotient(c.tp + c.fn, c.tn + c.fp);
    return {std::max(1 - scale * quotient(c.fn, c.tp), 0.0), 1 - scale * quotient(c.fp, c.tp)};
  }

  static double precision_recall_step(const Counts& left, const Counts& right) {
    const double dtp = left.tp - right.tp;
    const double p = left.tp + left.fp, next = right.tp + right.fp;
    const double slope = quotient(dtp, std::max(p - next, 0.0));
    const double intercept = right.tp - slope * next;
    const double ratio = p > 0 && next > 0 ? p / next : 1;
    return quotient(slope * (dtp + intercept * std::log(ratio)), std::max(right.tp + right.fn, 0.0));
  }

  Curve curve_;
  Summation summation_;
  std::vector<double> label_weights_;
};

std::string lower(std::string word) {
  std::ranges::transform(word, word.begin(), [](char c) { return static_cast<char>(std::tolower(c)); });
  return word;
}

template <typename... Values>
[[noreturn]] void refuse(const Values&... why) {
  throw Error(ExitCode::kConfiguration, text("metric auc: ", why...));
}

Curve curve_of(const std::string& name) {
  const std::string word = lower(name);
  if (word.empty() || word == "roc") return Curve::kRoc;
  if (word == "pr") return Curve::kPr;
  if (word == "prgain") return Curve::kPrGain;
  refuse("curve ", name, " is none of ROC, PR, PRGAIN");
}

Summation summation_of(const std::string& name) {
  const std::string word = lower(name);
  if (word.empty() || word == "interpolation") return Summation::kInterpolation;
  if (word == "majoring") return Summation::kMajoring;
  if (word == "minoring") return Summation::kMinoring;
  refuse("summation_method ", name, " is none of interpolation, majoring, minoring");
}

/// With Keras's ends: just below 0 and just above 1.
std::vector<double> thresholds_of(const MetricOptions& options) {
  std::vector<double> thresholds = even_thresholds(options.num_thresholds.value_or(200));
  if (!options.thresholds.empty()) {
    thresholds = options.thresholds;
    std::ranges::sort(thresholds);
    thresholds.insert(thresholds.begin(), 0);
    thresholds.push_back(1);
  }
  return thresholds;
}

}  // namespace

std::unique_ptr<Metric> make_auc(const MetricOptions& options, const MetricShapes& shapes) {
  if (options.thresholds.empty() && options.num_thresholds.value_or(200) <= 1) {
    refuse("num_thresholds must be above 1");
  }
  const std::int64_t labels = shapes.prediction.rank() == 0 ? 1 : shapes.prediction[-1];
  if (options.num_labels && !options.multi_label) refuse("num_labels goes with multi_label alone");
  if (options.num_labels && *options.num_labels != labels) {
    refuse("num_labels is ", *options.num_labels, ", the output has ", labels);
  }
  std::vector<double> thresholds = thresholds_of(options);
  const bool evenly = options.thresholds.empty() || evenly_distributed(thresholds);
  thresholds.front() -= 1e-7;
  thresholds.back() += 1e-7;
  return std::make_unique<Auc>(ConfusionCounts::Options{.name = "auc",
                                                        .thresholds = std::move(thresholds),
                                                        .evenly = evenly,
                                                        .multi_label = options.multi_label,
                                                        .label_weights = options.label_weights,
                                                        .from_logits = options.loss.from_logits},
                               shapes, curve_of(options.curve), summation_of(options.summation_method),
                               options.multi_label ? options.label_weights : std::vector<double>());
}

}  // namespace ktrain
