#include "ktrain/keras/compile_settings.h"

#include <algorithm>
#include <cctype>
#include <sstream>
#include <string_view>
#include <utility>

#include "core/text.h"
#include "keras/json.h"
#include "keras/loss_config.h"
#include "keras/optimizer_config.h"
#include "ktrain/core/error.h"

namespace ktrain {
namespace {

constexpr const char* kSource = "the model's description";

/// Classes whose names are not the words of their snake case.
constexpr std::pair<std::string_view, std::string_view> kClassNames[] = {
    {"kl_divergence", "KLDivergence"},
    {"ctc", "CTC"},
    {"auc", "AUC"},
    {"iou", "IoU"},
    {"mean_iou", "MeanIoU"},
    {"binary_iou", "BinaryIoU"},
    {"one_hot_iou", "OneHotIoU"},
    {"one_hot_mean_iou", "OneHotMeanIoU"},
    {"fbeta_score", "FBetaScore"}};

/// "mean_squared_error" -> "MeanSquaredError"
std::string class_name_of(const std::string& name) {
  for (const auto& [snake, class_name] : kClassNames) {
    if (name == snake) return std::string(class_name);
  }
  std::string camel;
  bool upper = true;
  for (const char c : name) {
    if (c != '_') camel += upper ? static_cast<char>(std::toupper(static_cast<unsigned char>(c))) : c;
    upper = c == '_';
  }
  return camel;
}

/// A value as options write it: a number, a list of them with slashes, true, false, or a word.
Json value_of(const std::string& written) {
  if (written.find('/') != std::string::npos) {
    Json list = Json::array();
    std::istringstream parts(written);
    for (std::string part; std::getline(parts, part, '/');) list.push_back(value_of(part));
    return list;
  }
  const Json value = Json::parse(written, nullptr, false);
  return value.is_number() || value.is_boolean() ? value : Json(written);
}

/// "huber:delta=2" as Keras's serialized object; a name alone as a string.
Json object_of(const std::string& written, const char* module) {
  std::istringstream parts(written);
  std::string name, argument;
  std::getline(parts, name, ':');
  Json config = Json::object();
  while (std::getline(parts, argument, ':')) {
    const std::size_t equals = argument.find('=');
    const bool short_k = equals == std::string::npos;  // "top_k_categorical_accuracy:3"
    config[short_k ? "k" : argument.substr(0, equals)] =
        value_of(short_k ? argument : argument.substr(equals + 1));
  }
  if (config.empty()) return name;
  return {{"module", module},
          {"class_name", class_name_of(name)},
          {"config", config},
          {"registered_name", nullptr}};
}

/// "output=rest" in its two parts; the first is empty without one.
std::pair<std::string, std::string> output_and_rest(const std::string& written) {
  const std::size_t equals = std::min(written.find('='), written.find(':'));
  if (equals == std::string::npos || written[equals] == ':') return {"", written};
  return {written.substr(0, equals), written.substr(equals + 1)};
}

/// One for all outputs, or a dict by their names; `single`: one per output, else a list.
Json objects_of(const std::vector<std::string>& written, const char* module, bool single) {
  Json by_output = Json::object(), all = Json::array();
  for (const std::string& one : written) {
    const auto [output, rest] = output_and_rest(one);
    if (output.empty()) {
      all.push_back(object_of(rest, module));
    } else if (single) {
      by_output[output] = object_of(rest, module);
    } else {
      by_output[output].push_back(object_of(rest, module));
    }
  }
  if (!by_output.empty()) return by_output;
  if (all.empty()) return nullptr;
  return single ? all[0] : all;
}

Json weights_of(const std::vector<std::string>& written) {
  Json by_output = Json::object();
  for (const std::string& one : written) {
    const auto [output, rest] = output_and_rest(one);
    if (output.empty()) return value_of(rest);
    by_output[output] = value_of(rest);
  }
  return by_output.empty() ? Json() : by_output;
}

/// An error of what a model was compiled with says so.
template <typename Body>
auto reading(const Body& body) {
  try {
    return body();
  } catch (const Error& error) {
    throw Error(error.code(), text("compile settings of the model: ", error.what()));
  }
}

/// The optimizer as it is stored, with the arguments that have other values now.
Json with_changes(const Json& stored, const Json& now) {
  const Json before = write_optimizer_config(*read_optimizer_config(stored));
  Json changed = stored;
  for (const auto& [key, value] : now["config"].items()) {
    if (key != "name" && member(before["config"], key.c_str()) != value) changed["config"][key] = value;
  }
  return changed;
}

}  // namespace

std::string compile_settings_alone(const std::string& description) {
  return dump_json({{"compile_config", parse_json_member(description, "compile_config", kSource)}});
}

std::unique_ptr<Optimizer> read_compiled_optimizer(const std::string& description) {
  const Json compiled = parse_json_member(description, "compile_config", kSource);
  const Json& optimizer = member(compiled, "optimizer");
  if (optimizer.is_null()) return nullptr;
  return reading([&] { return read_optimizer_config(optimizer); });
}

CompileSettings read_compile_settings(const std::string& description, const Model& model) {
  const Json compiled = parse_json_member(description, "compile_config", kSource);
  CompileSettings settings;
  if (!compiled.is_object() || compiled.empty()) return settings;
  const std::vector<std::string> outputs = model.output_names();
  return reading([&] {
    settings.optimizer = read_optimizer_config(member(compiled, "optimizer"));
    settings.losses = losses_of(member(compiled, "loss"), member(compiled, "loss_weights"), outputs);
    settings.metrics = metrics_of(member(compiled, "metrics"), member(compiled, "weighted_metrics"), outputs);
    return std::move(settings);
  });
}

std::string with_compile_settings(const std::string& description, const Optimizer& optimizer,
                                  bool optimizer_changed, const ObjectiveTexts* objective) {
  Json json = parse_json(description, kSource);
  Json& compiled = json["compile_config"];
  if (!compiled.is_object()) compiled = Json::object();
  const Json now = write_optimizer_config(optimizer);
  Json& stored = compiled["optimizer"];
  if (!optimizer_changed && member(stored, "config").is_object()) {
    stored = with_changes(stored, now);
  } else {
    stored = now;
  }
  if (objective) {
    compiled["loss"] = objects_of(objective->losses, "keras.losses", true);
    compiled["loss_weights"] = weights_of(objective->loss_weights);
    compiled["metrics"] = objects_of(objective->metrics, "keras.metrics", false);
    compiled["weighted_metrics"] = objects_of(objective->weighted_metrics, "keras.metrics", false);
  }
  return dump_json(json);
}

}  // namespace ktrain
