#include "keras/objects.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>
#include <vector>

#include "core/names.h"
#include "core/text.h"
#include "keras/activation_layers.h"
#include "keras/layer_config.h"
#include "ktrain/core/error.h"

namespace ktrain {
namespace {

[[noreturn]] void refuse(const std::string& reason) {
  throw Error(ExitCode::kConfiguration, reason);
}

/// The name and the arguments of an object that is given by name or in full.
std::pair<std::string, Json> name_and_config(const Json& value) {
  if (value.is_string()) return {value.get<std::string>(), Json::object()};
  const std::string name = string_member(value, "class_name");
  const Json& config = member(value, "config");
  if (name.empty() || !(config.is_object() || config.is_null()))
    refuse(text(brief(value), " is no Keras object"));
  return {name, config.is_null() ? Json::object() : config};
}

double argument(const std::string& key, const Json& value) {
  const auto number = number_of(value);
  if (!number) refuse(text(key, " = ", brief(value), " is not a number"));
  return *number;
}

std::string word(const std::string& key, const Json& value) {
  if (!value.is_string()) refuse(text(key, " = ", brief(value), " is not a string"));
  return value.get<std::string>();
}

std::vector<int> axes(const std::string& key, const Json& value) {
  if (value.is_null()) return {};
  std::vector<int> list;
  for (const Json& axis : value.is_array() ? value : Json::array({value})) {
    if (!axis.is_number_integer()) refuse(text(key, " = ", brief(value), " is not a list of axes"));
    list.push_back(axis.get<int>());
  }
  return list;
}

InitializerOptions initializer_options(const Json& config) {
  InitializerOptions options;
  const std::pair<const char*, double*> numbers[] = {{"value", &options.value},   {"mean", &options.mean},
                                                     {"stddev", &options.stddev}, {"minval", &options.minval},
                                                     {"maxval", &options.maxval}, {"gain", &options.gain},
                                                     {"scale", &options.scale}};
  for (const auto& [key, value] : config.items()) {
    double* target = nullptr;
    for (const auto& [name, number] : numbers) {
      if (key == name) target = number;
    }
    if (target) {
      *target = argument(key, value);
    } else if (key == "mode") {
      options.mode = word(key, value);
    } else if (key == "distribution") {
      options.distribution = word(key, value);
    } else if (key == "input_axes") {
      options.input_axes = axes(key, value);
    } else if (key == "output_axes") {
      options.output_axes = axes(key, value);
    } else if (key != "seed") {
      refuse(text("ktrain does not know the initializer's argument ", key));
    }
  }
  return options;
}

/// An activation given as a layer object: its formula is the layer's.
std::optional<Activation> activation_of_layer(const Json& value) {
  if (!member(value, "config").is_object()) return std::nullopt;
  LayerConfig config(string_member(value, "class_name"), member(value, "config"));
  const auto activation = read_activation_layer(config);
  if (activation) config.finish();
  return activation;
}

}  // namespace

std::string dtype_policy_of(const Json& value) {
  if (value.is_null()) return "float32";
  if (value.is_string()) return value.get<std::string>();
  const std::string name = string_member(member(value, "config"), "name");
  return string_member(value, "class_name") == "DTypePolicy" && !name.empty() ? name : brief(value);
}

Activation activation_of(const Json& value) {
  if (value.is_null()) return {};
  std::string name;
  if (value.is_string()) name = value.get<std::string>();
  if (string_member(value, "class_name") == "function") name = string_member(value, "config");
  if (const auto activation = activation_named(name)) return *activation;
  if (const auto activation = activation_of_layer(value)) return *activation;
  refuse(text(brief(value), " is not a known activation"));
}

std::shared_ptr<const Initializer> initializer_of(const Json& value) {
  if (value.is_null()) return nullptr;
  const auto [name, config] = name_and_config(value);
  return make_initializer(name, initializer_options(config));
}

Regularizer regularizer_of(const Json& value) {
  if (value.is_null()) return {};
  const auto [given, config] = name_and_config(value);
  const std::string name = snake_case(given);
  if (name != "l1" && name != "l2" && name != "l1l2") {
    refuse(text("the regularizer ", given, " is not supported, only L1, L2 and L1L2"));
  }
  const double absent = name == "l1l2" ? 0 : 0.01;
  Regularizer penalty;
  if (name != "l2")
    penalty.l1 = static_cast<float>(config.contains("l1") ? argument("l1", config["l1"]) : absent);
  if (name != "l1")
    penalty.l2 = static_cast<float>(config.contains("l2") ? argument("l2", config["l2"]) : absent);
  for (const auto& [key, unused] : config.items()) {
    const bool known = (key == "l1" && name != "l2") || (key == "l2" && name != "l1");
    if (!known) refuse(text("ktrain does not know the regularizer's argument ", key));
  }
  return penalty;
}

Constraint constraint_of(const Json& value) {
  if (value.is_null()) return {};
  using Kind = Constraint::Kind;
  struct Known {
    const char* name;
    Kind kind;
    float max_value;
    std::vector<std::string> arguments;
  };
  static const Known known[] = {
      {"max_norm", Kind::kMaxNorm, 2, {"max_value", "axis"}},
      {"min_max_norm", Kind::kMinMaxNorm, 1, {"min_value", "max_value", "rate", "axis"}},
      {"non_neg", Kind::kNonNeg, 0, {}},
      {"unit_norm", Kind::kUnitNorm, 0, {"axis"}}};
  const auto [given, config] = name_and_config(value);
  const auto* found = std::ranges::find(known, snake_case(given), &Known::name);
  if (found == std::end(known)) {
    refuse(
        text("the constraint ", given, " is not supported, only MaxNorm, MinMaxNorm, NonNeg and UnitNorm"));
  }
  Constraint constraint{.kind = found->kind, .max_value = found->max_value};
  for (const auto& [key, one] : config.items()) {
    if (std::ranges::find(found->arguments, key) == found->arguments.end()) {
      refuse(text("ktrain does not know the constraint's argument ", key));
    } else if (key == "axis") {
      if (one.is_array() && one.empty()) refuse("axis = [] is not supported");
      constraint.axis = axes(key, one);
    } else {
      float& number = key == "rate"        ? constraint.rate
                      : key == "min_value" ? constraint.min_value
                                           : constraint.max_value;
      number = static_cast<float>(argument(key, one));
    }
  }
  return constraint;
}

}  // namespace ktrain
