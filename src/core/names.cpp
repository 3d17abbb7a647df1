#include "core/names.h"

#include <regex>

namespace ktrain {
std::string snake_case(std::string_view name) {
  static const std::regex kNoWord("\\W+");
  static const std::regex kBeforeWord("(.)([A-Z][a-z]+)");
  static const std::regex kBeforeCapital("([a-z])([A-Z])");
  std::string result = std::regex_replace(std::string(name), kNoWord, "");
  result = std::regex_replace(result, kBeforeWord, "$1_$2");
  result = std::regex_replace(result, kBeforeCapital, "$1_$2");
  for (char& c : result) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return result;
}

std::string join(std::span<const std::string> names) {
  std::string result;
  for (const std::string& name : names) result += (result.empty() ? "" : ", ") + name;
  return result;
}

}  // namespace ktrain
