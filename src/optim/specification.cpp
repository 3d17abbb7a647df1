#include "optim/specification.h"

#include <algorithm>
#include <charconv>

#include "core/text.h"
#include "ktrain/core/error.h"

namespace ktrain {
namespace {

std::vector<std::string> split(std::string_view list, char separator) {
  std::vector<std::string> items;
  while (!list.empty()) {
    const std::size_t end = std::min(list.find(separator), list.size());
    items.emplace_back(list.substr(0, end));
    list.remove_prefix(std::min(end + 1, list.size()));
  }
  return items;
}

template <typename... Values>
[[noreturn]] void refuse(const Values&... values) {
  throw Error(ExitCode::kUsage, text(values...));
}

}  // namespace

ClassSpecification parse_class_specification(std::string_view what, const std::string& specification) {
  const std::size_t colon = std::min(specification.find(':'), specification.size());
  ClassSpecification result{specification.substr(0, colon), {}};
  for (const std::string& item :
       split(std::string_view(specification).substr(std::min(colon + 1, specification.size())), ',')) {
    const std::size_t equals = item.find('=');
    if (equals == std::string::npos)
      refuse(what, " '", specification, "': '", item, "' is not argument=value");
    std::pair<std::string, std::string> argument(item.substr(0, equals), item.substr(equals + 1));
    const auto same_name = [&](const auto& other) { return other.first == argument.first; };
    if (std::ranges::any_of(result.arguments, same_name)) {
      refuse(what, " '", specification, "': ", argument.first, " is given twice");
    }
    result.arguments.push_back(std::move(argument));
  }
  return result;
}

double number_argument(const std::string& name, const std::string& value) {
  double number = 0;
  const char* end = value.data() + value.size();
  const auto parsed = std::from_chars(value.data(), end, number);
  if (parsed.ec != std::errc() || parsed.ptr != end) refuse(name, "=", value, " is not a number");
  return number;
}

bool switch_argument(const std::string& name, const std::string& value) {
  for (const char* yes : {"true", "True", "on", "yes", "1"}) {
    if (value == yes) return true;
  }
  for (const char* no : {"false", "False", "off", "no", "0"}) {
    if (value == no) return false;
  }
  refuse(name, "=", value, " is neither true nor false");
}

std::vector<std::string> list_argument(const std::string& value) {
  return split(value, '/');
}

}  // namespace ktrain
