#include "data/specification.h"

#include <algorithm>
#include <charconv>

#include "core/text.h"
#include "ktrain/core/error.h"

namespace ktrain {
namespace {

std::vector<std::string_view> split(std::string_view list) {
  std::vector<std::string_view> items;
  while (!list.empty()) {
    std::size_t end = list.find_first_of(",[");
    while (end != std::string_view::npos && list[end] == '[') {
      const std::size_t closed = list.find(']', end);
      end = closed == std::string_view::npos ? list.find(',', end) : list.find_first_of(",[", closed);
    }
    end = std::min(end, list.size());
    items.push_back(list.substr(0, end));
    list.remove_prefix(std::min(end + 1, list.size()));
  }
  return items;
}

}  // namespace

Specification::Specification(std::string whole, std::string_view rest, bool with_path)
    : whole_(std::move(whole)) {
  std::vector<std::string_view> items = split(rest);
  if (with_path && !items.empty()) {
    path_ = items.front();
    items.erase(items.begin());
  }
  for (const std::string_view item : items) {
    const std::size_t equals = item.find('=');
    if (equals == std::string_view::npos) refuse(text("'", item, "' is not of the form key=value"));
    Option option(item.substr(0, equals), item.substr(equals + 1));
    const bool twice =
        std::ranges::any_of(options_, [&](const Option& o) { return o.first == option.first; });
    if (twice) refuse(text("option '", option.first, "' is given twice"));
    options_.push_back(std::move(option));
  }
}

std::optional<std::string> Specification::take(std::string_view key) {
  const auto found =
      std::ranges::find_if(options_, [&](const Option& option) { return option.first == key; });
  if (found == options_.end()) return std::nullopt;
  std::string value = std::move(found->second);
  options_.erase(found);
  return value;
}

std::int64_t Specification::take_count(std::string_view key, std::int64_t least, std::int64_t otherwise) {
  const auto value = take(key);
  if (!value) return otherwise;
  std::int64_t count = 0;
  const char* end = value->data() + value->size();
  const auto parsed = std::from_chars(value->data(), end, count);
  if (parsed.ec != std::errc() || parsed.ptr != end || count < least) {
    refuse(text("option '", key, "' is '", *value, "', not a whole number of at least ", least));
  }
  return count;
}

bool Specification::take_flag(std::string_view key) {
  const auto value = take(key);
  if (!value || *value == "false") return false;
  if (*value != "true") refuse(text("option '", key, "' is '", *value, "', not true or false"));
  return true;
}

std::vector<Specification::Option> Specification::take_all(std::string_view prefix) {
  std::vector<Option> taken;
  const auto begins = [&](const Option& option) { return option.first.starts_with(prefix); };
  std::ranges::copy_if(options_, std::back_inserter(taken), begins);
  std::erase_if(options_, begins);
  return taken;
}

void Specification::require_spent(std::string_view known) const {
  if (options_.empty()) return;
  refuse(text("unknown option '", options_.front().first, "'; known: ", known));
}

void Specification::refuse(const std::string& why) const {
  throw Error(ExitCode::kUsage, text("dataset '", whole_, "': ", why));
}

}  // namespace ktrain
