#include "nn/option_value.h"

#include <functional>
#include <map>

#include "core/text.h"
#include "ktrain/core/error.h"

namespace ktrain {
namespace {

[[noreturn]] void refuse(std::string_view what) {
  throw Error(ExitCode::kConfiguration, std::string(what));
}

double number(const OptionValue& value) {
  if (const auto* number = std::get_if<double>(&value)) return *number;
  refuse("must be a number");
}

std::int64_t whole(const OptionValue& value) {
  const double x = number(value);
  const auto whole = static_cast<std::int64_t>(x);
  if (static_cast<double>(whole) != x) refuse("must be a whole number");
  return whole;
}

std::vector<double> numbers(const OptionValue& value) {
  if (std::holds_alternative<std::monostate>(value)) return {};
  if (const auto* list = std::get_if<std::vector<double>>(&value)) return *list;
  return {number(value)};
}

bool flag(const OptionValue& value) {
  if (const auto* flag = std::get_if<bool>(&value)) return *flag;
  if (const auto* x = std::get_if<double>(&value); x && (*x == 0 || *x == 1)) return *x == 1;
  refuse("must be true or false");
}

/// "" for None.
std::string word(const OptionValue& value) {
  if (std::holds_alternative<std::monostate>(value)) return "";
  if (const auto* word = std::get_if<std::string>(&value)) return *word;
  refuse("must be a word");
}

/// None takes an optional back.
template <typename T, typename Read>
void set_optional(std::optional<T>& target, const OptionValue& value, const Read& read) {
  target.reset();
  if (!std::holds_alternative<std::monostate>(value)) target = read(value);
}

template <typename T>
std::vector<T> whole_numbers(const OptionValue& value) {
  std::vector<T> list;
  for (const double x : numbers(value)) list.push_back(static_cast<T>(whole(x)));
  return list;
}

LossReduction reduction(const OptionValue& value) {
  const std::string name = word(value);
  if (name == "sum_over_batch_size" || name == "mean") return LossReduction::kSumOverBatchSize;
  if (name == "sum") return LossReduction::kSum;
  if (name == "mean_with_sample_weight") return LossReduction::kMeanWithSampleWeight;
  if (name.empty() || name == "none") refuse("none leaves no number to minimize");
  refuse(text("'", name, "' is none of sum_over_batch_size, mean, sum, mean_with_sample_weight"));
}

using Value = const OptionValue&;
template <typename Options>
using Setters = std::map<std::string, std::function<void(Options&, Value)>, std::less<>>;

const Setters<LossOptions>& loss_setters() {
  using O = LossOptions;
  static const Setters<O> setters = {
      {"from_logits", [](O& o, Value v) { o.from_logits = flag(v); }},
      {"label_smoothing", [](O& o, Value v) { o.label_smoothing = number(v); }},
      {"delta", [](O& o, Value v) { o.delta = number(v); }},
      {"axis", [](O& o, Value v) { set_optional(o.axis, v, whole_numbers<int>); }},
      {"alpha", [](O& o, Value v) { o.alpha = numbers(v); }},
      {"beta", [](O& o, Value v) { set_optional(o.beta, v, number); }},
      {"gamma", [](O& o, Value v) { set_optional(o.gamma, v, number); }},
      {"margin", [](O& o, Value v) { set_optional(o.margin, v, number); }},
      {"remove_diagonal", [](O& o, Value v) { set_optional(o.remove_diagonal, v, flag); }},
      {"apply_class_balancing", [](O& o, Value v) { o.apply_class_balancing = flag(v); }},
      {"ignore_class", [](O& o, Value v) { set_optional(o.ignore_class, v, whole); }},
      {"q", [](O& o, Value v) { set_optional(o.q, v, number); }},
      {"reduction", [](O& o, Value v) { o.reduction = reduction(v); }}};
  return setters;
}

const Setters<MetricOptions>& metric_setters() {
  using O = MetricOptions;
  const auto value = [](O& o, Value v) { set_optional(o.value, v, number); };
  static const Setters<O> setters = {
      {"thresholds", [](O& o, Value v) { o.thresholds = numbers(v); }},
      {"threshold", [](O& o, Value v) { set_optional(o.threshold, v, number); }},
      {"top_k", [](O& o, Value v) { set_optional(o.top_k, v, whole); }},
      {"class_id", [](O& o, Value v) { set_optional(o.class_id, v, whole); }},
      {"k", [](O& o, Value v) { set_optional(o.k, v, whole); }},
      {"from_sorted_ids", [](O& o, Value v) { o.from_sorted_ids = flag(v); }},
      {"num_thresholds", [](O& o, Value v) { set_optional(o.num_thresholds, v, whole); }},
      {"curve", [](O& o, Value v) { o.curve = word(v); }},
      {"summation_method", [](O& o, Value v) { o.summation_method = word(v); }},
      {"multi_label", [](O& o, Value v) { o.multi_label = flag(v); }},
      {"num_labels", [](O& o, Value v) { set_optional(o.num_labels, v, whole); }},
      {"label_weights", [](O& o, Value v) { o.label_weights = numbers(v); }},
      {"specificity", value},
      {"sensitivity", value},
      {"precision", value},
      {"recall", value},
      {"average", [](O& o, Value v) { o.average = word(v); }},
      {"beta", [](O& o, Value v) { set_optional(o.beta, v, number); }},
      {"class_aggregation", [](O& o, Value v) { o.class_aggregation = word(v); }},
      {"num_regressors", [](O& o, Value v) { o.num_regressors = whole(v); }},
      {"num_classes", [](O& o, Value v) { set_optional(o.num_classes, v, whole); }},
      {"target_class_ids", [](O& o, Value v) { o.target_class_ids = whole_numbers<std::int64_t>(v); }},
      {"sparse_y_true", [](O& o, Value v) { set_optional(o.sparse_y_true, v, flag); }},
      {"sparse_y_pred", [](O& o, Value v) { set_optional(o.sparse_y_pred, v, flag); }}};
  return setters;
}

template <typename Options>
bool set(const Setters<Options>& setters, Options& options, std::string_view name, Value value) {
  const auto setter = setters.find(name);
  if (setter == setters.end()) return false;
  try {
    setter->second(options, value);
  } catch (const Error& error) {
    throw Error(error.code(), text(name, ": ", error.what()));
  }
  return true;
}

}  // namespace

bool set_option(LossOptions& options, std::string_view name, const OptionValue& value) {
  return set(loss_setters(), options, name, value);
}

bool set_option(MetricOptions& options, std::string_view name, const OptionValue& value) {
  return set(metric_setters(), options, name, value) ||
         (name != "reduction" && set(loss_setters(), options.loss, name, value));
}

}  // namespace ktrain
