#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "ktrain/nn/loss_options.h"

namespace ktrain {

/// Arguments of keras.metrics under their names there; a metric refuses those that its class does not have.
/// Absent ones have the class's default.
struct MetricOptions {
  /// from_logits, label_smoothing, axis, ignore_class and whatever else the metrics that are means of a loss
  /// take.
  LossOptions loss = {};
  std::vector<double> thresholds = {};
  std::optional<double> threshold = {};
  std::optional<std::int64_t> top_k = {}, class_id = {};
  std::optional<std::int64_t> k = {};
  bool from_sorted_ids = false;
  std::optional<std::int64_t> num_thresholds = {};
  std::string curve = {};
  std::string summation_method = {};
  bool multi_label = false;
  std::optional<std::int64_t> num_labels = {};
  std::vector<double> label_weights = {};
  /// specificity, sensitivity, precision or recall of the metrics at one of them.
  std::optional<double> value = {};
  std::string average = {};
  std::optional<double> beta = {};
  std::optional<std::string> class_aggregation = {};  ///< "" is Keras's None
  std::int64_t num_regressors = 0;
  std::optional<std::int64_t> num_classes = {};
  std::vector<std::int64_t> target_class_ids = {};
  std::optional<bool> sparse_y_true = {}, sparse_y_pred = {};
  bool float_counts = false;  ///< the IoU family with a floating dtype: weights keep their fractions
};

/// A metric of an output.
struct MetricSpec {
  std::string name;         ///< Keras's class or snake-case name or alias
  std::string output = {};  ///< of the model; empty: every output
  MetricOptions options = {};
  std::string label = {};  ///< in logs; empty: `name` as it was given
  /// False for an object of the class Accuracy, which compares values; the word "accuracy" is resolved by
  /// shapes.
  bool resolve_accuracy = true;
  bool weighted = false;  ///< of Keras's weighted_metrics: with sample weights
};

}  // namespace ktrain
