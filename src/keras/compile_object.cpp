#include "keras/compile_object.h"

#include <utility>

#include "core/text.h"
#include "keras/objects.h"
#include "ktrain/core/error.h"

namespace ktrain {

CompileObject compile_object(const Json& value, const char* what) {
  if (value.is_string()) return {value.get<std::string>(), true};
  const std::string class_name = string_member(value, "class_name");
  const Json& config = member(value, "config");
  if (class_name == "function" && config.is_string()) return {config.get<std::string>()};
  if (!class_name.empty() && (config.is_object() || config.is_null())) {
    const Json& wrapped = member(config, "fn");
    CompileObject object{class_name, false, config.is_null() ? Json::object() : config};
    if (wrapped.is_null()) return object;
    // LossFunctionWrapper and MeanMetricWrapper: a function and its arguments.
    object.name = compile_object(wrapped, what).name;
    object.config.erase("fn");
    return object;
  }
  throw Error(ExitCode::kConfiguration, text(brief(value), " is no ", what, " that ktrain knows"));
}

OptionValue option_value(const Json& value) {
  if (value.is_null()) return {};
  if (value.is_boolean()) return value.get<bool>();
  if (const auto number = number_of(value)) return *number;
  if (value.is_string()) return value.get<std::string>();
  const std::string class_name = string_member(value, "class_name");
  if (class_name == "__tensor__" || class_name == "__numpy__") {
    return option_value(member(member(value, "config"), "value"));
  }
  std::vector<double> list;
  for (const Json& item : value.is_array() ? value : Json::array({value})) {
    const auto number = number_of(item);
    if (!number) throw Error(ExitCode::kConfiguration, text(brief(value), " is no list of numbers"));
    list.push_back(*number);
  }
  return list;
}

bool is_float32(const Json& dtype) {
  return dtype_policy_of(dtype) == "float32";
}

}  // namespace ktrain
