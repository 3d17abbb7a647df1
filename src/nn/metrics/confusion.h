#pragma once

#include <optional>
#include <string>
#include <vector>

#include "ktrain/nn/metric.h"
#include "ktrain/nn/reduced_loss.h"
#include "nn/metrics/target_values.h"

namespace ktrain {

/// Weighted counts of true and false predictions at thresholds, over all elements of the outputs or for each
/// label. Per label the sums are true positives at each threshold, false positives at each, then the weights
/// of true and of false targets.
class ConfusionCounts : public Metric {
 public:
  struct Options {
    std::string name;
    std::vector<double> thresholds;  ///< a prediction above one is positive there
    bool evenly = false;             ///< k / (n - 1): counted in buckets, with Keras's rounding
    std::optional<std::int64_t> top_k = {}, class_id = {};
    bool multi_label = false;
    std::vector<double> label_weights = {};  ///< one for each element of the last axis
    bool from_logits = false;
  };
  ConfusionCounts(Options options, const MetricShapes& shapes);

  std::int64_t sum_count() const override { return labels_ * per_label(); }
  void add(const LossInput& input, std::span<const double> group_sums, std::span<double> sums) override;

 protected:
  std::int64_t thresholds() const { return std::ssize(options_.thresholds); }
  std::int64_t labels() const { return labels_; }

  struct Counts {
    double tp = 0, fp = 0, tn = 0, fn = 0;
  };
  Counts at(std::span<const double> sums, std::int64_t threshold, std::int64_t label = 0) const;

 private:
  std::int64_t per_label() const { return 2 * thresholds() + 2; }
  /// One row along the last axis.
  void add_row(std::span<const float> predictions, std::span<const float> targets, const float* weights,
               std::span<double> sums);
  void count(float prediction, bool target, double weight, std::span<double> sums) const;
  void count_in_buckets(float prediction, std::size_t first, double weight, std::span<double> sums) const;
  void keep_top_k(std::span<const float> predictions);

  Options options_;
  std::vector<float> thresholds_;
  std::int64_t width_ = 1;
  std::int64_t labels_ = 1;
  std::optional<WeightMap> weights_;
  TargetValues targets_;
  std::vector<float> factors_, row_, sorted_;
};

/// keras.metrics.TruePositives, FalsePositives, TrueNegatives, FalseNegatives, Precision and Recall: one
/// value for each threshold.
std::unique_ptr<Metric> make_confusion_metric(const std::string& name, const MetricOptions& options,
                                              const MetricShapes& shapes);
/// keras.metrics.SensitivityAtSpecificity, SpecificityAtSensitivity, PrecisionAtRecall, RecallAtPrecision.
std::unique_ptr<Metric> make_constrained_metric(const std::string& name, const MetricOptions& options,
                                                const MetricShapes& shapes);
/// keras.metrics.AUC
std::unique_ptr<Metric> make_auc(const MetricOptions& options, const MetricShapes& shapes);

/// True when thresholds are k / (n - 1), n at least 3, within epsilon.
bool evenly_distributed(const std::vector<double>& thresholds);
/// 0, 1 / (n - 1), …, 1
std::vector<double> even_thresholds(std::int64_t count);

}  // namespace ktrain
