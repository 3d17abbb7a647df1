#include "nn/given_options.h"

#include <utility>

namespace ktrain {
namespace {

using Given = std::pair<const char*, bool>;

void add(std::vector<std::string>& names, std::initializer_list<Given> all) {
  for (const auto& [name, is_given] : all) {
    if (is_given) names.emplace_back(name);
  }
}

}  // namespace

std::vector<std::string> given_options(const LossOptions& options) {
  std::vector<std::string> names;
  add(names, {{"from_logits", options.from_logits},
              {"label_smoothing", options.label_smoothing != 0},
              {"delta", options.delta != LossOptions().delta},
              {"axis", options.axis && *options.axis != std::vector{-1}},
              {"alpha", !options.alpha.empty()},
              {"beta", options.beta.has_value()},
              {"gamma", options.gamma.has_value()},
              {"margin", options.margin.has_value()},
              {"remove_diagonal", options.remove_diagonal.has_value()},
              {"apply_class_balancing", options.apply_class_balancing},
              {"ignore_class", options.ignore_class.has_value()},
              {"q", options.q.has_value()}});
  return names;
}

std::vector<std::string> given_options(const MetricOptions& options, bool of_loss) {
  std::vector<std::string> names = of_loss ? given_options(options.loss) : std::vector<std::string>();
  add(names, {{"thresholds", !options.thresholds.empty()},
              {"threshold", options.threshold.has_value()},
              {"top_k", options.top_k.has_value()},
              {"class_id", options.class_id.has_value()},
              {"k", options.k.has_value()},
              {"from_sorted_ids", options.from_sorted_ids},
              {"num_thresholds", options.num_thresholds.has_value()},
              {"curve", !options.curve.empty()},
              {"summation_method", !options.summation_method.empty()},
              {"multi_label", options.multi_label},
              {"num_labels", options.num_labels.has_value()},
              {"label_weights", !options.label_weights.empty()},
              {"value", options.value.has_value()},
              {"average", !options.average.empty()},
              {"beta", options.beta.has_value()},
              {"class_aggregation", options.class_aggregation.has_value()},
              {"num_regressors", options.num_regressors != 0},
              {"num_classes", options.num_classes.has_value()},
              {"target_class_ids", !options.target_class_ids.empty()},
              {"sparse_y_true", options.sparse_y_true.has_value()},
              {"sparse_y_pred", options.sparse_y_pred.has_value()},
              {"float_counts", options.float_counts}});
  return names;
}

}  // namespace ktrain
