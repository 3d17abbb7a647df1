#include "keras/json.h"

#include <algorithm>
#include <limits>
#include <set>
#include <vector>

#include "core/text.h"
#include "ktrain/core/error.h"

namespace ktrain {
namespace {

constexpr int kMaxDepth = 100;
constexpr std::size_t kMaxBytes = std::size_t{1} << 26;  // values take some forty times as much
constexpr std::size_t kBriefLength = 60;
constexpr std::string_view kBareWords[] = {"-Infinity", "Infinity", "NaN"};
/// Begins the strings that stand for bare words, as JSON has to write it; no name in a model begins so.
constexpr std::string_view kMark = "\\u0001";

/// The bare word of Python's json that starts at `position`; empty when none does.
std::string_view bare_word_at(std::string_view document, std::size_t position) {
  for (const std::string_view word : kBareWords) {
    if (document.substr(position, word.size()) == word) return word;
  }
  return {};
}

/// `document` with quotes around the bare words, which are no JSON.
std::string quote_bare_words(std::string_view document) {
  std::string quoted;
  quoted.reserve(document.size());
  bool in_string = false;
  for (std::size_t i = 0; i < document.size(); ++i) {
    const char c = document[i];
    if (c == '"') in_string = !in_string;
    const std::string_view word = in_string ? std::string_view() : bare_word_at(document, i);
    if (!word.empty()) {
      quoted.append(1, '"').append(kMark).append(word).append(1, '"');
      i += word.size() - 1;
      continue;
    }
    quoted += c;
    if (in_string && c == '\\' && i + 1 < document.size()) quoted += document[++i];
  }
  return quoted;
}

/// Refuses what nlohmann::json lets pass: deep nesting and doubled keys.
class Guard {
 public:
  explicit Guard(const std::string& source) : source_(source) {}

  bool operator()(int depth, Json::parse_event_t event, Json& parsed) {
    if (event == Json::parse_event_t::object_start) keys_.emplace_back();
    if (event == Json::parse_event_t::object_end) keys_.pop_back();
    if (depth > kMaxDepth) {
      throw Error(ExitCode::kData, text(source_, ": JSON nested deeper than ", kMaxDepth, " levels"));
    }
    if (event == Json::parse_event_t::key && !keys_.back().insert(parsed.get<std::string>()).second) {
      throw Error(ExitCode::kData, text(source_, ": the key ", parsed.dump(), " occurs twice in one object"));
    }
    return true;
  }

 private:
  const std::string& source_;
  std::vector<std::set<std::string>> keys_;
};

[[noreturn]] void refuse(const std::string& document, std::size_t byte, const std::string& source) {
  const auto end = document.begin() + static_cast<std::ptrdiff_t>(std::min(byte, document.size()));
  const auto line = std::count(document.begin(), end, '\n') + 1;
  throw Error(ExitCode::kData, text(source, ": not JSON (line ", line, ", byte ", byte, ")"));
}

}  // namespace

Json parse_json(std::string_view document, const std::string& source) {
  if (document.size() > kMaxBytes) {
    throw Error(ExitCode::kData,
                text(source, ": JSON of ", document.size(), " bytes, more than ", kMaxBytes));
  }
  const std::string quoted = quote_bare_words(document);
  try {
    return Json::parse(quoted, Guard(source));
  } catch (const Json::parse_error& error) {
    refuse(quoted, error.byte, source);
  } catch (const Json::out_of_range&) {
    throw Error(ExitCode::kData, text(source, ": not JSON (a number is too large)"));
  }
}

std::string dump_json(const Json& document) {
  std::string written = document.dump(-1, ' ', true);
  for (const std::string_view word : kBareWords) {
    const std::string quoted = text('"', kMark, word, '"');
    for (std::size_t at = written.find(quoted); at != std::string::npos; at = written.find(quoted, at)) {
      written.replace(at, quoted.size(), word);
    }
  }
  return written;
}

const Json& member(const Json& object, const char* key) {
  static const Json null;
  if (!object.is_object()) return null;
  const auto found = object.find(key);
  return found == object.end() ? null : *found;
}

std::string string_member(const Json& object, const char* key) {
  const Json& value = member(object, key);
  return value.is_string() ? value.get<std::string>() : std::string();
}

std::optional<double> number_of(const Json& value) {
  if (value.is_number()) return value.get<double>();
  if (!value.is_string()) return std::nullopt;
  const std::string_view marked = value.get_ref<const std::string&>();
  if (!marked.starts_with('\x01')) return std::nullopt;
  const std::string_view word = marked.substr(1);
  if (word == "NaN") return std::numeric_limits<double>::quiet_NaN();
  if (word == "Infinity") return std::numeric_limits<double>::infinity();
  if (word == "-Infinity") return -std::numeric_limits<double>::infinity();
  return std::nullopt;
}

std::string brief(const Json& value) {
  std::string line = value.dump(-1, ' ', true, Json::error_handler_t::replace);
  if (line.size() > kBriefLength) line = line.substr(0, kBriefLength) + "...";
  return line;
}

}  // namespace ktrain
