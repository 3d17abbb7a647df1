#include "app/run_settings.h"

#include <algorithm>
#include <utility>

#include "config/parse_value.h"
#include "core/text.h"
#include "ktrain/core/error.h"
#include "nn/losses/loss_names.h"
#include "nn/option_value.h"
#include "train/objective_specs.h"

namespace ktrain {
namespace {

/// Those of the run, for all losses, over those of one.
void take_over(const LossOptions& from, LossOptions& to) {
  const LossOptions absent;
  if (from.from_logits) to.from_logits = true;
  if (from.label_smoothing != absent.label_smoothing) to.label_smoothing = from.label_smoothing;
  if (from.delta != absent.delta) to.delta = from.delta;
}

void set_loss_weights(const std::vector<std::string>& weights, std::vector<LossSpec>& losses) {
  for (const std::string& given : weights) {
    const std::size_t equals = given.find('=');
    const std::string output = equals == std::string::npos ? "" : given.substr(0, equals);
    const auto loss = std::ranges::find(losses, output, &LossSpec::output);
    if (loss == losses.end()) {
      throw Error(ExitCode::kConfiguration,
                  text("--loss-weights ", given, ": no loss is given for that output"));
    }
    loss->weight = parse_number(equals == std::string::npos ? given : given.substr(equals + 1));
  }
}

ObjectiveOptions objective_of_options(const RunConfig& config) {
  ObjectiveOptions options{{}, {}};
  for (const std::string& loss : config.losses) {
    options.losses.push_back(parse_loss(loss));
    take_over(config.loss_options, options.losses.back().options);
  }
  set_loss_weights(config.loss_weights, options.losses);
  for (const std::string& metric : config.metrics) options.metrics.push_back(parse_metric(metric));
  for (const std::string& metric : config.weighted_metrics) {
    options.metrics.push_back(parse_metric(metric));
    options.metrics.back().weighted = true;
  }
  return options;
}

bool any_given(const RunConfig& config, std::initializer_list<const char*> names) {
  return std::ranges::any_of(names, [&](const char* name) { return config.given.contains(name); });
}

}  // namespace

RunSettings run_settings(const RunConfig& config, const std::string& description, const Model& model) {
  CompileSettings compiled = read_compile_settings(description, model);
  RunSettings settings;
  settings.own_objective = compiled.losses.empty() || any_given(config, {"loss", "loss-weights"});
  settings.objective = objective_of_options(config);
  if (!settings.own_objective) {
    settings.objective.losses = std::move(compiled.losses);
    if (!any_given(config, {"metrics", "weighted-metrics"}))
      settings.objective.metrics = std::move(compiled.metrics);
  }
  return settings;
}

std::map<std::string, ActivationKind> fused_outputs(const ObjectiveOptions& objective, const Model& model) {
  std::map<std::string, ActivationKind> fused;
  for (const std::string& output : model.output_names()) {
    const LossSpec* loss = loss_of(objective, output);
    if (loss == nullptr || loss->options.from_logits) continue;
    if (loss->options.axis && *loss->options.axis != std::vector{-1}) continue;
    const std::string name = canonical_loss_name(loss->name);
    if (name == "binary_crossentropy") fused[output] = ActivationKind::kSigmoid;
    if (name == "categorical_crossentropy" || name == "sparse_categorical_crossentropy") {
      fused[output] = ActivationKind::kSoftmax;
    }
  }
  if (fused.empty()) {
    throw Error(ExitCode::kConfiguration,
                "--crossentropy fused: no output has a cross-entropy of probabilities as its loss");
  }
  return fused;
}

}  // namespace ktrain
