#include <algorithm>
#include <functional>
#include <map>
#include <utility>
#include <vector>

#include "core/names.h"
#include "core/text.h"
#include "nn/given_options.h"
#include "nn/losses/alignment.h"
#include "nn/losses/categorical_losses.h"
#include "nn/losses/circle.h"
#include "nn/losses/cosine_similarity.h"
#include "nn/losses/ctc.h"
#include "nn/losses/elementwise_formulas.h"
#include "nn/losses/elementwise_loss.h"
#include "nn/losses/hinge.h"
#include "nn/losses/loss_names.h"
#include "nn/losses/moved_axis.h"
#include "nn/losses/overlap.h"
#include "nn/losses/smoothing.h"

namespace ktrain {
namespace {

using Pointer = std::unique_ptr<Loss>;

struct Entry {
  std::function<Pointer(const LossOptions&)> make;
  /// Arguments that the class has.
  std::vector<std::string> arguments = {};
};

template <typename Formula>
Entry entry_of(const std::string& name) {
  return {[name](const LossOptions&) { return elementwise_loss(name, Formula{}); }};
}

/// Over the axis of the options, where it is not the last.
Pointer on_axis(Pointer loss, const LossOptions& options) {
  const int axis = axis_of(options);
  return axis == -1 ? std::move(loss) : over_axis(std::move(loss), axis);
}

Pointer binary_crossentropy(const LossOptions& options) {
  const loss_formula::Smoothing smoothed(options.label_smoothing);
  const std::string name = "binary_crossentropy";
  if (options.from_logits) {
    return on_axis(elementwise_loss(name, loss_formula::BinaryCrossentropyOfLogits{smoothed}), options);
  }
  return on_axis(elementwise_loss(name, loss_formula::BinaryCrossentropy{smoothed}), options);
}

Pointer binary_focal_crossentropy(const LossOptions& options) {
  const loss_formula::BinaryFocalCrossentropy formula{
      .smoothing = options.label_smoothing,
      .gamma = options.gamma.value_or(2),
      .alpha = options.alpha.empty() ? 0.25 : options.alpha[0],
      .balanced = options.apply_class_balancing,
      .logits = options.from_logits};
  return on_axis(elementwise_loss("binary_focal_crossentropy", formula), options);
}

Pointer kl_divergence(const LossOptions&) {
  return elementwise_loss("kl_divergence", loss_formula::KLDivergence{}, OverRow::kSum);
}

Pointer huber(const LossOptions& options) {
  return elementwise_loss("huber", loss_formula::Huber{static_cast<float>(options.delta)});
}

const std::map<std::string, Entry>& entries() {
  static const std::map<std::string, Entry> table = {
      {"mean_squared_error", entry_of<loss_formula::SquaredError>("mean_squared_error")},
      {"mean_absolute_error", entry_of<loss_formula::AbsoluteError>("mean_absolute_error")},
      {"mean_absolute_percentage_error",
       entry_of<loss_formula::PercentageError>("mean_absolute_percentage_error")},
      {"mean_squared_logarithmic_error",
       entry_of<loss_formula::SquaredLogarithmicError>("mean_squared_logarithmic_error")},
      {"log_cosh", entry_of<loss_formula::LogCosh>("log_cosh")},
      {"poisson", entry_of<loss_formula::Poisson>("poisson")},
      {"huber", {huber, {"delta"}}},
      {"kl_divergence", {kl_divergence}},
      {"hinge", {[](const LossOptions&) { return hinge(); }}},
      {"squared_hinge", {[](const LossOptions&) { return squared_hinge(); }}},
      {"categorical_hinge", {[](const LossOptions&) { return categorical_hinge(); }}},
      {"cosine_similarity", {[](const LossOptions& o) { return on_axis(cosine_similarity(), o); }, {"axis"}}},
      {"binary_crossentropy", {binary_crossentropy, {"from_logits", "label_smoothing", "axis"}}},
      {"binary_focal_crossentropy",
       {binary_focal_crossentropy,
        {"apply_class_balancing", "alpha", "gamma", "from_logits", "label_smoothing", "axis"}}},
      {"categorical_crossentropy",
       {[](const LossOptions& o) { return on_axis(categorical_crossentropy(o), o); },
        {"from_logits", "label_smoothing", "axis"}}},
      {"categorical_focal_crossentropy",
       {[](const LossOptions& o) { return on_axis(categorical_focal_crossentropy(o), o); },
        {"alpha", "gamma", "from_logits", "label_smoothing", "axis"}}},
      {"sparse_categorical_crossentropy",
       {sparse_categorical_crossentropy, {"from_logits", "ignore_class", "axis"}}},
      {"categorical_generalized_cross_entropy", {categorical_generalized_cross_entropy, {"q"}}},
      {"dice", {dice, {"axis"}}},
      {"tversky", {tversky, {"alpha", "beta", "axis"}}},
      {"ctc", {[](const LossOptions&) { return ctc(); }}},
      {"circle", {circle, {"gamma", "margin", "remove_diagonal"}}},
  };
  return table;
}

void check_options(const std::string& name, const Entry& entry, const LossOptions& options) {
  const auto refuse = [&](const auto&... values) {
    throw Error(ExitCode::kConfiguration, text("loss ", name, ": ", values...));
  };
  for (const std::string& argument : given_options(options)) {
    if (std::ranges::find(entry.arguments, argument) == entry.arguments.end()) refuse("takes no ", argument);
  }
  if (!(0 <= options.label_smoothing && options.label_smoothing <= 1)) {
    refuse("label_smoothing=", options.label_smoothing, " is outside [0, 1]");
  }
  if (!(options.delta > 0)) refuse("delta=", options.delta, " is not positive");
  const bool several = name == "dice" || name == "tversky";
  if (options.axis && (options.axis->empty() || (!several && options.axis->size() > 1))) {
    refuse("takes one axis");
  }
  if (options.alpha.size() > 1 && name != "categorical_focal_crossentropy") refuse("takes one alpha");
}

}  // namespace

Shape Loss::value_shape(const Shape& prediction_sample) const {
  return prediction_sample.rank() == 0 ? Shape() : without_last(prediction_sample);
}

void Loss::require_targets(const Shape& prediction_sample, const Shape& target_sample) const {
  require_classes(name(), prediction_sample, target_sample);
}

std::string canonical_loss_name(const std::string& name) {
  static const std::map<std::string, std::string> aliases = {{"mse", "mean_squared_error"},
                                                             {"mae", "mean_absolute_error"},
                                                             {"mape", "mean_absolute_percentage_error"},
                                                             {"msle", "mean_squared_logarithmic_error"},
                                                             {"bce", "binary_crossentropy"},
                                                             {"kld", "kl_divergence"},
                                                             {"kullback_leibler_divergence", "kl_divergence"},
                                                             {"logcosh", "log_cosh"},
                                                             {"huber_loss", "huber"}};
  const std::string canonical = snake_case(name);
  const auto alias = aliases.find(canonical);
  return alias == aliases.end() ? canonical : alias->second;
}

std::unique_ptr<Loss> make_loss(const std::string& name, const LossOptions& options) {
  const auto entry = entries().find(canonical_loss_name(name));
  if (entry != entries().end()) {
    check_options(entry->first, entry->second, options);
    return entry->second.make(options);
  }
  std::vector<std::string> known;
  for (const auto& [known_name, unused] : entries()) known.push_back(known_name);
  throw Error(ExitCode::kUsage, text("unknown loss '", name, "'; known: ", join(known)));
}

}  // namespace ktrain
