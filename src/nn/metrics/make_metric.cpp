#include <algorithm>
#include <functional>
#include <map>
#include <utility>
#include <vector>

#include "core/names.h"
#include "core/text.h"
#include "nn/given_options.h"
#include "nn/losses/cosine_similarity.h"
#include "nn/losses/loss_names.h"
#include "nn/losses/moved_axis.h"
#include "nn/losses/smoothing.h"
#include "nn/metrics/accuracy.h"
#include "nn/metrics/column_metrics.h"
#include "nn/metrics/confusion.h"
#include "nn/metrics/correlation.h"
#include "nn/metrics/iou.h"

namespace ktrain {
namespace {

using Pointer = std::unique_ptr<Metric>;

struct Request {
  const std::string& name;  ///< canonical
  const MetricOptions& options;
  const MetricShapes& shapes;
};

struct Entry {
  std::function<Pointer(const Request&)> make;
  std::vector<std::string> arguments = {};
};

Pointer class_accuracy(const Request& r, bool sparse, std::int64_t k) {
  const ClassAccuracy::Kind kind{sparse, k, r.options.from_sorted_ids};
  return std::make_unique<ClassAccuracy>(r.name, kind, r.shapes);
}

Pointer equality(const Request& r, std::optional<double> threshold) {
  return std::make_unique<EqualityAccuracy>(r.name, threshold, r.shapes);
}

Pointer top_k(const Request& r, bool sparse) {
  const std::int64_t k = r.options.k.value_or(5);
  if (k < 1) throw Error(ExitCode::kConfiguration, text("metric ", r.name, ": k ", k, " is not positive"));
  return class_accuracy(r, sparse, k);
}

/// Keras's choice for the word "accuracy".
Pointer accuracy(const Request& r) {
  const auto last_is_one = [](const Shape& sample) { return sample.rank() > 0 && sample[-1] == 1; };
  const Shape &prediction = r.shapes.prediction, &target = r.shapes.target;
  if (prediction.rank() == 0 || last_is_one(prediction)) return equality(r, 0.5);
  return class_accuracy(r, target.rank() < prediction.rank() || last_is_one(target), 0);
}

Pointer cosine(const Request& r) {
  const int axis = axis_of(r.options.loss);
  auto loss = cosine_similarity(1);
  if (axis != -1) loss = over_axis(std::move(loss), axis);
  return std::make_unique<LossMetric>(std::move(loss), r.shapes);
}

Pointer correlation(const Request& r) {
  if (axis_of(r.options.loss) != -1) {
    throw Error(ExitCode::kConfiguration, text("metric ", r.name, ": only over the last axis"));
  }
  const bool pearson = r.name == "pearson_correlation";
  return std::make_unique<Correlation>(
      r.name, pearson ? Correlation::Kind::kPearson : Correlation::Kind::kConcordance, r.shapes);
}

Pointer confusion(const Request& r) {
  return make_confusion_metric(r.name, r.options, r.shapes);
}
Pointer constrained(const Request& r) {
  return make_constrained_metric(r.name, r.options, r.shapes);
}
Pointer iou(const Request& r) {
  return make_iou(r.name, r.options, r.shapes);
}
Pointer f_score(const Request& r) {
  return make_f_score(r.name, r.options, r.shapes);
}

using Table = std::map<std::string, Entry>;

void add_accuracies(Table& table) {
  table["accuracy"] = {accuracy};
  table["binary_accuracy"] = {[](const Request& r) { return equality(r, r.options.threshold.value_or(0.5)); },
                              {"threshold"}};
  table["categorical_accuracy"] = {[](const Request& r) { return class_accuracy(r, false, 0); }};
  table["sparse_categorical_accuracy"] = {[](const Request& r) { return class_accuracy(r, true, 0); }};
  table["top_k_categorical_accuracy"] = {[](const Request& r) { return top_k(r, false); }, {"k"}};
  table["sparse_top_k_categorical_accuracy"] = {[](const Request& r) { return top_k(r, true); },
                                                {"k", "from_sorted_ids"}};
}

void add_counts(Table& table) {
  for (const char* name : {"true_positives", "false_positives", "true_negatives", "false_negatives"}) {
    table[name] = {confusion, {"thresholds"}};
  }
  for (const char* name : {"precision", "recall"})
    table[name] = {confusion, {"thresholds", "top_k", "class_id"}};
  for (const char* name : {"sensitivity_at_specificity", "specificity_at_sensitivity", "precision_at_recall",
                           "recall_at_precision"}) {
    table[name] = {constrained, {"value", "num_thresholds", "class_id"}};
  }
  table["auc"] = {[](const Request& r) { return make_auc(r.options, r.shapes); },
                  {"num_thresholds", "curve", "summation_method", "thresholds", "multi_label", "num_labels",
                   "label_weights", "from_logits"}};
  const std::vector<std::string> common{"num_classes", "ignore_class", "sparse_y_pred", "axis",
                                        "float_counts"};
  for (const char* name : {"io_u", "mean_io_u", "one_hot_io_u", "one_hot_mean_io_u"}) {
    Entry entry{iou, common};
    const std::string text = name;
    if (!text.starts_with("one_hot")) entry.arguments.emplace_back("sparse_y_true");
    if (!text.ends_with("mean_io_u")) entry.arguments.emplace_back("target_class_ids");
    table[text] = entry;
  }
  table["binary_io_u"] = {iou, {"target_class_ids", "threshold", "float_counts"}};
}

const Table& table() {
  static const Table table = [] {
    Table result;
    add_accuracies(result);
    add_counts(result);
    result["f1_score"] = {f_score, {"average", "threshold"}};
    result["f_beta_score"] = {f_score, {"average", "beta", "threshold"}};
    result["r2_score"] = {[](const Request& r) { return make_r2_score(r.options, r.shapes); },
                          {"class_aggregation", "num_regressors"}};
    result["pearson_correlation"] = result["concordance_correlation"] = {correlation, {"axis"}};
    result["cosine_similarity"] = {cosine, {"axis"}};
    result["root_mean_squared_error"] = {
        [](const Request& r) { return std::make_unique<RootMeanSquaredError>(r.shapes); }};
    return result;
  }();
  return table;
}

void check_arguments(const std::string& name, const Entry& entry, const MetricOptions& options) {
  for (const std::string& argument : given_options(options)) {
    if (std::ranges::find(entry.arguments, argument) == entry.arguments.end()) {
      throw Error(ExitCode::kConfiguration, text("metric ", name, ": takes no ", argument));
    }
  }
}

Pointer of_loss(const std::string& name, const MetricSpec& spec, const MetricShapes& shapes) {
  for (const std::string& argument : given_options(spec.options, false)) {
    throw Error(ExitCode::kConfiguration, text("metric ", name, ": takes no ", argument));
  }
  auto loss = [&] {
    try {
      return make_loss(name, spec.options.loss);
    } catch (const Error& error) {
      if (error.code() != ExitCode::kUsage) throw;
      std::vector<std::string> known;
      for (const auto& [known_name, unused] : table()) known.push_back(known_name);
      throw Error(ExitCode::kUsage,
                  text("unknown metric '", spec.name, "'; known: ", join(known), ", and losses"));
    }
  }();
  if (loss->compares_samples()) {
    throw Error(ExitCode::kConfiguration,
                text("metric ", name, ": what compares samples of a batch is a loss alone"));
  }
  if (loss->couples_samples()) {
    throw Error(ExitCode::kConfiguration,
                text("metric ", name, ": one value for a whole batch has no mean over samples"));
  }
  return std::make_unique<LossMetric>(std::move(loss), shapes);
}

}  // namespace

std::string canonical_metric_name(const std::string& name) {
  static const std::map<std::string, std::string> aliases = {{"acc", "accuracy"},
                                                             {"log_cosh_error", "log_cosh"},
                                                             {"fbeta_score", "f_beta_score"},
                                                             {"iou", "io_u"},
                                                             {"mean_iou", "mean_io_u"},
                                                             {"binary_iou", "binary_io_u"},
                                                             {"one_hot_iou", "one_hot_io_u"},
                                                             {"one_hot_mean_iou", "one_hot_mean_io_u"}};
  const std::string canonical = canonical_loss_name(name);
  const auto alias = aliases.find(canonical);
  return alias == aliases.end() ? canonical : alias->second;
}

std::optional<bool> larger_is_better(const std::string& name) {
  const auto any = [&](std::initializer_list<const char*> names) {
    return std::ranges::find(names, name) != names.end();
  };
  if (any({"true_positives", "true_negatives", "false_positives", "false_negatives"})) return std::nullopt;
  if (name == "root_mean_squared_error") return false;
  return table().contains(name);
}

std::unique_ptr<Metric> make_metric(const MetricSpec& spec, const MetricShapes& shapes) {
  const std::string name = canonical_metric_name(spec.name);
  const auto entry = table().find(name);
  if (entry == table().end()) return of_loss(name, spec, shapes);
  check_arguments(name, entry->second, spec.options);
  const Request request{name, spec.options, shapes};
  if (name == "accuracy" && !spec.resolve_accuracy) return equality(request, std::nullopt);
  return entry->second.make(request);
}

}  // namespace ktrain
