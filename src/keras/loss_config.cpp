#include "keras/loss_config.h"

#include "core/text.h"
#include "keras/compile_object.h"
#include "keras/objects.h"
#include "ktrain/core/error.h"

namespace ktrain {
namespace {

template <typename... Values>
[[noreturn]] void refuse(const Values&... why) {
  throw Error(ExitCode::kConfiguration, text(why...));
}

LossSpec loss_of(const Json& value, const std::string& output) {
  if (value.is_null()) return {.name = "none", .output = output};
  const CompileObject object = compile_object(value, "loss");
  LossSpec spec{.name = object.name, .output = output};
  for (const auto& [key, argument] : object.config.items()) {
    if (key == "name") continue;
    if (key == "dtype") {
      if (!is_float32(argument)) refuse("the loss ", spec.name, " is to compute in ", brief(argument));
    } else if (!set_option(spec.options, key, option_value(argument))) {
      refuse("the loss ", spec.name, " has an argument that ktrain does not know: ", key, " = ",
             brief(argument));
    }
  }
  return spec;
}

bool is_object(const Json& value) {
  return value.is_object() && value.contains("class_name");
}

double weight_of(const Json& value) {
  const auto number = number_of(value);
  if (!number) refuse("loss_weights: ", brief(value), " is not a number");
  return *number;
}

void set_weights(const Json& weights, std::vector<LossSpec>& losses, std::span<const std::string> outputs) {
  if (weights.is_null()) return;
  const auto require = [&](bool fits) {
    if (!fits) refuse("loss_weights ", brief(weights), " do not fit the model's outputs");
  };
  if (weights.is_object()) {
    for (LossSpec& loss : losses) {
      require(weights.contains(loss.output.empty() ? outputs[0] : loss.output));
      loss.weight = weight_of(weights[loss.output.empty() ? outputs[0] : loss.output]);
    }
  } else if (weights.is_array()) {
    require(weights.size() == losses.size());
    for (std::size_t i = 0; i < losses.size(); ++i) losses[i].weight = weight_of(weights[i]);
  } else {
    require(losses.size() == 1);
    losses[0].weight = weight_of(weights);
  }
}

}  // namespace

std::vector<LossSpec> losses_of(const Json& loss, const Json& loss_weights,
                                std::span<const std::string> outputs) {
  if (loss.is_null()) return {};
  std::vector<LossSpec> losses;
  if (loss.is_array()) {
    if (loss.size() != outputs.size()) refuse(loss.size(), " losses for ", outputs.size(), " outputs");
    for (std::size_t i = 0; i < outputs.size(); ++i) losses.push_back(loss_of(loss[i], outputs[i]));
  } else if (loss.is_object() && !is_object(loss)) {
    for (const std::string& output : outputs) {
      if (!loss.contains(output)) refuse("no loss for the output '", output, "'");
      losses.push_back(loss_of(loss[output], output));
    }
    if (loss.size() != outputs.size())
      refuse("a loss for an output that the model does not have: ", brief(loss));
  } else {
    for (const std::string& output : outputs) losses.push_back(loss_of(loss, output));
  }
  set_weights(loss_weights, losses, outputs);
  return losses;
}

namespace {

bool is_iou(const std::string& name) {
  return name.ends_with("IoU") || name.ends_with("_io_u");
}

MetricSpec metric_of(const Json& value, const std::string& output, bool weighted) {
  const CompileObject object = compile_object(value, "metric");
  MetricSpec spec{.name = object.name, .output = output};
  spec.weighted = weighted;
  spec.resolve_accuracy = object.is_word;
  for (const auto& [key, argument] : object.config.items()) {
    if (key == "name") {
      if (argument.is_string()) spec.label = argument.get<std::string>();
    } else if (key == "dtype") {
      const std::string dtype = argument.is_null() ? "" : dtype_policy_of(argument);
      if (is_iou(spec.name))
        spec.options.float_counts = dtype.starts_with("float");
      else if (!is_float32(argument))
        refuse("the metric ", spec.name, " is to compute in ", brief(argument));
    } else if (!set_option(spec.options, key, option_value(argument))) {
      refuse("the metric ", spec.name, " has an argument that ktrain does not know: ", key, " = ",
             brief(argument));
    }
  }
  return spec;
}

void add_metrics(const Json& metrics, const std::string& output, bool weighted,
                 std::vector<MetricSpec>& specs) {
  if (metrics.is_null()) return;
  for (const Json& metric : metrics.is_array() ? metrics : Json::array({metrics})) {
    specs.push_back(metric_of(metric, output, weighted));
  }
}

void add_all(const Json& metrics, bool weighted, std::span<const std::string> outputs,
             std::vector<MetricSpec>& specs) {
  if (metrics.is_null() || metrics.empty()) return;
  if (metrics.is_object() && !is_object(metrics)) {
    for (const auto& [output, own] : metrics.items()) add_metrics(own, output, weighted, specs);
  } else if (outputs.size() == 1) {
    for (const Json& own : metrics.is_array() ? metrics : Json::array({metrics})) {
      add_metrics(own, outputs[0], weighted, specs);
    }
  } else {
    if (!metrics.is_array() || metrics.size() != outputs.size()) {
      refuse("metrics ", brief(metrics), " do not fit ", outputs.size(), " outputs");
    }
    for (std::size_t i = 0; i < outputs.size(); ++i) add_metrics(metrics[i], outputs[i], weighted, specs);
  }
}

}  // namespace

std::vector<MetricSpec> metrics_of(const Json& metrics, const Json& weighted_metrics,
                                   std::span<const std::string> outputs) {
  std::vector<MetricSpec> specs;
  add_all(metrics, false, outputs, specs);
  add_all(weighted_metrics, true, outputs, specs);
  return specs;
}

}  // namespace ktrain
