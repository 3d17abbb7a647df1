#include "keras/layer_config.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "core/text.h"
#include "keras/objects.h"
#include "ktrain/core/error.h"

namespace ktrain {
namespace {

constexpr std::int64_t kLargest = std::numeric_limits<std::int32_t>::max();

/// An integer of the sizes that a layer's argument can have.
std::optional<std::int64_t> integer_of(const Json& value) {
  if (!value.is_number_integer()) return std::nullopt;
  const auto number = value.get<double>();
  if (number < -static_cast<double>(kLargest) || number > static_cast<double>(kLargest)) return std::nullopt;
  return value.get<std::int64_t>();
}

/// Sets all of `numbers` from one integer or from a list with one for each; false when `value` is neither.
bool fill(const Json& value, std::span<std::int64_t> numbers) {
  const bool list = value.is_array() && value.size() == numbers.size();
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    const auto number = integer_of(list ? value[i] : value);
    if (!number) return false;
    numbers[i] = *number;
  }
  return true;
}

}  // namespace

int LayerCall::find(std::string_view argument) const {
  const auto found = std::ranges::find(inputs, argument);
  return found == inputs.end() ? -1 : static_cast<int>(found - inputs.begin());
}

int LayerCall::count(std::string_view argument) const {
  return static_cast<int>(std::ranges::count(inputs, argument));
}

LayerConfig::LayerConfig(std::string class_name, const Json& config, const ArchitectureOptions& options,
                         std::initializer_list<const char*> dtypes, const LayerCall& call)
    : class_name_(std::move(class_name)),
      config_(config),
      options_(options),
      call_(call),
      name_(string_member(config, "name")) {
  if (!config.is_object() || name_.empty()) {
    throw Error(ExitCode::kConfiguration, text("a layer of class ", class_name_, " has no name"));
  }
  ignore({"name"});
  trainable_ = flag("trainable", true);
  const std::string dtype = dtype_policy_of(value("dtype"));
  if (std::find(dtypes.begin(), dtypes.end(), dtype) == dtypes.end()) {
    refuse("dtype", text(dtype, " is not supported, only float32"));
  }
  activity_regularizer_ = regularizer("activity_regularizer");
}

void LayerConfig::refuse(const char* key, const std::string& reason) const {
  throw Error(ExitCode::kConfiguration,
              text("layer '", name_, "' (", class_name_, "): argument '", key, "': ", reason));
}

const Json& LayerConfig::literal(const char* argument) {
  read_literals_.insert(argument);
  return member(call_.literals, argument);
}

const Json& LayerConfig::value(const char* key) {
  read_.insert(key);
  return member(config_, key);
}

std::int64_t LayerConfig::integer(const char* key, std::optional<std::int64_t> fallback) {
  if (fallback && !config_.contains(key)) return *fallback;
  const Json& json = value(key);
  const auto number = integer_of(json);
  if (!number) refuse(key, text(brief(json), " is not an integer"));
  return *number;
}

double LayerConfig::number(const char* key, std::optional<double> fallback) {
  if (fallback && !config_.contains(key)) return *fallback;
  const Json& json = value(key);
  const auto number = number_of(json);
  if (!number || std::isnan(*number)) refuse(key, text(brief(json), " is not a number"));
  return *number;
}

float LayerConfig::real(const char* key, std::optional<float> fallback) {
  return static_cast<float>(number(key, fallback));
}

bool LayerConfig::flag(const char* key, bool fallback) {
  const Json& json = value(key);
  if (json.is_null()) return fallback;
  if (!json.is_boolean()) refuse(key, text(brief(json), " is not true or false"));
  return json.get<bool>();
}

std::vector<std::int64_t> LayerConfig::integers(const char* key) {
  const Json& list = value(key);
  if (!list.is_array()) refuse(key, text(brief(list), " is not a list of integers"));
  std::vector<std::int64_t> numbers;
  for (const Json& item : list) {
    const auto number = integer_of(item);
    if (!number) refuse(key, text(brief(list), " is not a list of integers"));
    numbers.push_back(*number);
  }
  return numbers;
}

bool LayerConfig::numbers(const char* key, std::span<std::int64_t> result) {
  const Json& json = value(key);
  if (json.is_null()) return false;
  if (!fill(json, result)) refuse(key, text(brief(json), " is not an integer or a list of ", result.size()));
  return true;
}

void LayerConfig::read_margins(const char* key, std::span<std::array<std::int64_t, 2>> result) {
  const Json& json = value(key);
  if (json.is_null()) return;
  const bool apart = result.size() > 1 && json.is_array() && json.size() == result.size();
  for (std::size_t axis = 0; axis < result.size(); ++axis) {
    const bool fits = apart || result.size() == 1 || json.is_number();
    if (fits && fill(apart ? json[axis] : json, result[axis])) continue;
    refuse(key,
           text(brief(json), " is not an integer or (before, after) for each of ", result.size(), " axes"));
  }
}

Padding LayerConfig::padding(bool causal_allowed) {
  if (causal_allowed) {
    only("padding", {"valid", "same", "causal"});
  } else {
    only("padding", {"valid", "same"});
  }
  const Json& json = value("padding");
  return json == "same" ? Padding::kSame : json == "causal" ? Padding::kCausal : Padding::kValid;
}

template <typename Read>
auto LayerConfig::object(const char* key, Read read) {
  const Json& json = value(key);
  try {
    return read(json);
  } catch (const Error& error) {
    refuse(key, error.what());
  }
}

Activation LayerConfig::activation(const char* key) {
  return object(key, activation_of);
}

std::shared_ptr<const Initializer> LayerConfig::initializer(const char* key) {
  return object(key, initializer_of);
}

Regularizer LayerConfig::regularizer(const char* key) {
  return object(key, regularizer_of);
}

Constraint LayerConfig::constraint(const char* key) {
  return object(key, constraint_of);
}

void LayerConfig::ignore(std::initializer_list<const char*> keys) {
  read_.insert(keys.begin(), keys.end());
}

void LayerConfig::only(const char* key, std::initializer_list<Json> supported) {
  if (!config_.contains(key)) return;
  const Json& json = value(key);
  if (std::find(supported.begin(), supported.end(), json) != supported.end()) return;
  std::string names;
  for (const Json& one : supported) names += (names.empty() ? "" : " or ") + one.dump();
  refuse(key, text(brief(json), " is not supported, only ", names));
}

void LayerConfig::channels_last() {
  only("data_format", {"channels_last", nullptr});
}

void LayerConfig::finish() const {
  for (const auto& [key, json] : config_.items()) {
    if (!read_.contains(key)) refuse(key.c_str(), text(brief(json), ": ktrain does not know this argument"));
  }
  for (const auto& [argument, json] : call_.literals.items()) {
    if (read_literals_.contains(argument)) continue;
    throw Error(ExitCode::kConfiguration, text("layer '", name_, "' (", class_name_, ") is called with ",
                                               argument, "=", brief(json), ", which is not supported"));
  }
}

}  // namespace ktrain
