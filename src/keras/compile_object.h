#pragma once

#include <string>

#include "keras/json.h"
#include "nn/option_value.h"

namespace ktrain {

/// A loss or a metric as compile_config has it.
struct CompileObject {
  std::string name;      ///< of the class or function, or the word itself
  bool is_word = false;  ///< a plain string
  Json config = Json::object();
};

/// Throws Error{kConfiguration} for what is none; `what` is "loss" or "metric".
CompileObject compile_object(const Json& value, const char* what);

/// Throws Error{kConfiguration} for an object or a list of other things than numbers.
OptionValue option_value(const Json& value);

/// True for null and Keras's default, float32, as a name or a policy object.
bool is_float32(const Json& dtype);

}  // namespace ktrain
