#include "core/names.h"

namespace ktrain {
namespace {

bool is_lower(char c) {
  return c >= 'a' && c <= 'z';
}

bool is_upper(char c) {
  return c >= 'A' && c <= 'Z';
}

bool is_word(char c) {
  return is_lower(c) || is_upper(c) || (c >= '0' && c <= '9') || c == '_';
}

/// Keras's (.)([A-Z][a-z]+) -> \1_\2.
std::string split_before_words(std::string_view name) {
  std::string split;
  for (std::size_t i = 0; i < name.size();) {
    split += name[i++];
    if (i + 1 >= name.size() || !is_upper(name[i]) || !is_lower(name[i + 1])) continue;
    split.append({'_', name[i++]});
    while (i < name.size() && is_lower(name[i])) split += name[i++];
  }
  return split;
}

}  // namespace

std::string snake_case(std::string_view name) {
  std::string words(name);
  std::erase_if(words, [](char c) { return !is_word(c); });
  std::string result;
  char previous = 0;
  for (const char c : split_before_words(words)) {
    if (is_lower(previous) && is_upper(c)) result += '_';
    result += is_upper(c) ? static_cast<char>(c - 'A' + 'a') : c;
    previous = c;
  }
  return result;
}

std::string join(std::span<const std::string> names) {
  std::string result;
  for (const std::string& name : names) result += (result.empty() ? "" : ", ") + name;
  return result;
}

}  // namespace ktrain
