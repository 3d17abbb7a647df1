#include "keras/json.h"

#include <algorithm>
#include <limits>
#include <utility>
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
  const auto has = [&](std::string_view word) { return document.find(word) != document.npos; };
  if (!has("NaN") && !has("Infinity")) return std::string(document);
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
    if (depth > kMaxDepth) {
      throw Error(ExitCode::kData, text(source_, ": JSON nested deeper than ", kMaxDepth, " levels"));
    }
    const auto at = static_cast<std::size_t>(depth);
    if (event == Json::parse_event_t::object_start) {
      keys_.resize(std::max(keys_.size(), at + 1));
      keys_[at].clear();
    }
    if (event == Json::parse_event_t::key) keys_[at - 1].push_back(parsed.get<std::string>());
    if (event == Json::parse_event_t::object_end && parsed.size() != keys_[at].size()) {
      refuse_doubled(std::move(keys_[at]));
    }
    return true;
  }

 private:
  [[noreturn]] void refuse_doubled(std::vector<std::string> keys) {
    std::ranges::sort(keys);
    const auto doubled = std::ranges::adjacent_find(keys);
    throw Error(ExitCode::kData,
                text(source_, ": the key ", Json(*doubled).dump(), " occurs twice in one object"));
  }

  const std::string& source_;
  std::vector<std::vector<std::string>> keys_;  ///< of the object at each depth that has not ended
};

[[noreturn]] void refuse(const std::string& document, std::size_t byte, const std::string& source) {
  const auto end = document.begin() + static_cast<std::ptrdiff_t>(std::min(byte, document.size()));
  const auto line = std::count(document.begin(), end, '\n') + 1;
  throw Error(ExitCode::kData, text(source, ": not JSON (line ", line, ", byte ", byte, ")"));
}

template <typename Callback>
Json parse(std::string_view document, const std::string& source, Callback callback) {
  if (document.size() > kMaxBytes) {
    throw Error(ExitCode::kData,
                text(source, ": JSON of ", document.size(), " bytes, more than ", kMaxBytes));
  }
  const std::string quoted = quote_bare_words(document);
  try {
    return Json::parse(quoted, std::move(callback));
  } catch (const Json::parse_error& error) {
    refuse(quoted, error.byte, source);
  } catch (const Json::out_of_range&) {
    throw Error(ExitCode::kData, text(source, ": not JSON (a number is too large)"));
  }
}

}  // namespace

Json parse_json(std::string_view document, const std::string& source) {
  return parse(document, source, Guard(source));
}

Json parse_json_member(std::string_view document, const char* key, const std::string& source) {
  constexpr int kDepthOfKeys = 1;
  Guard guard(source);
  const Json json = parse(document, source, [&](int depth, Json::parse_event_t event, Json& parsed) {
    const bool beside = depth == kDepthOfKeys && event == Json::parse_event_t::key && parsed != key;
    return !beside && guard(depth, event, parsed);
  });
  return member(json, key);
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
