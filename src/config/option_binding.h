#pragma once

#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "config/option.h"
#include "config/parse_value.h"

namespace ktrain {

// The words that the table of options is written in.

template <typename T>
inline constexpr bool kIsOptional = false;
template <typename T>
inline constexpr bool kIsOptional<std::optional<T>> = true;

template <typename T>
FieldValue field_value(const T& value) {
  if constexpr (kIsOptional<T>) {
    return value ? field_value(*value) : FieldValue{};
  } else if constexpr (std::is_same_v<T, int>) {
    return std::int64_t{value};
  } else {
    return value;
  }
}

/// Makes `option` set and get the member `access` of RunConfig, its text read by `parse`. A member that is
/// optional is taken back by "none".
template <typename Access, typename Parse>
Option bound(Option option, Access access, Parse parse) {
  option.set = [=](RunConfig& config, const std::string& value) {
    auto& target = std::invoke(access, config);
    using Target = std::remove_reference_t<decltype(target)>;
    if constexpr (kIsOptional<Target>) {
      if (value == "none") return target.reset();
    }
    target = static_cast<decltype(parse(value))>(parse(value));
  };
  option.get = [=](const RunConfig& config) { return field_value(std::invoke(access, config)); };
  return option;
}

/// The member `inner` of the member `outer`.
template <typename Outer, typename Inner>
auto in(Outer outer, Inner inner) {
  return [=](auto& config) -> auto& {
    return config.*outer.*inner;
  };
}

inline auto whole(std::int64_t least) {
  return [=](const std::string& value) { return parse_whole(value, least); };
}
inline auto number(double least, double most = std::numeric_limits<double>::max()) {
  return [=](const std::string& value) { return parse_number(value, least, most); };
}
inline auto anything() {
  return [](const std::string& value) { return value; };
}

}  // namespace ktrain
