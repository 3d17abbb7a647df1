#include "keras/keras2_compile.h"

#include <string>
#include <string_view>
#include <utility>

namespace ktrain {
namespace {

/// "Custom>Adam", as .h5 files name what Keras 2 has under two names, without the beginning.
std::string plain_class_name(const Json& object) {
  constexpr std::string_view kCustom = "Custom>";
  const std::string name = string_member(object, "class_name");
  return name.starts_with(kCustom) ? name.substr(kCustom.size()) : name;
}

void convert_config(Json& config) {
  for (const char* dropped : {"jit_compile", "is_legacy_optimizer", "fn"}) config.erase(dropped);
  if (const Json& decay = member(config, "decay"); decay.is_null() || decay == 0) config.erase("decay");
  if (member(config, "reduction") == "auto") config["reduction"] = "sum_over_batch_size";
}

/// Objects at any depth; `module` is that of the outermost ones.
Json converted(const Json& value, const char* module) {
  if (!value.is_structured()) return value;
  Json result = value;
  const std::string class_name = plain_class_name(value);
  if (class_name.empty()) {
    for (Json& item : result) item = converted(item, module);
    return result;
  }
  const Json& config = member(value, "config");
  if (class_name == "function") return config;
  // A function as compile was given it.
  if (class_name.ends_with("Wrapper")) return converted(member(config, "fn"), module);
  result["module"] = module;
  result["class_name"] = class_name;
  result["registered_name"] = nullptr;
  if (!config.is_object()) return result;
  convert_config(result["config"]);
  if (result["config"].contains("learning_rate")) {
    Json& rate = result["config"]["learning_rate"];
    rate = converted(rate, "keras.optimizers.schedules");
  }
  return result;
}

}  // namespace

Json compile_to_keras3(const Json& compiled) {
  Json result = compiled;
  for (const auto& [key, module] : {std::pair("optimizer", "keras.optimizers"),
                                    {"loss", "keras.losses"},
                                    {"metrics", "keras.metrics"},
                                    {"weighted_metrics", "keras.metrics"}}) {
    if (result.contains(key)) result[key] = converted(result[key], module);
  }
  for (const char* key : {"run_eagerly", "steps_per_execution", "jit_compile"}) {
    if (member(result, key).is_null()) result.erase(key);
  }
  return result;
}

}  // namespace ktrain
