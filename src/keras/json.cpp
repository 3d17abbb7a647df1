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

/// Builds the document that nlohmann::json's parser reads; refuses what that lets pass: deep nesting and
/// doubled keys. With a name, `only` the member of that name of the one object is built.
class Builder final : public Json::json_sax_t {
 public:
  Builder(std::string_view document, const std::string& source, const char* only)
      : document_(document), source_(source), only_(only) {}

  Json take() { return std::move(root_); }

  bool null() override { return add(nullptr); }
  bool boolean(bool value) override { return add(value); }
  bool number_integer(number_integer_t value) override { return add(value); }
  bool number_unsigned(number_unsigned_t value) override { return add(value); }
  bool number_float(number_float_t value, const string_t&) override { return add(value); }
  bool string(string_t& value) override { return add(std::move(value)); }
  bool binary(binary_t&) override { return false; }
  bool start_object(std::size_t) override { return open(Json::value_t::object); }
  bool start_array(std::size_t) override { return open(Json::value_t::array); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }

  bool key(string_t& key) override {
    if (only_ != nullptr && open_ == 1) skipping_ = key != only_;
    if (skipping_) return true;
    const auto [place, added] = parents_.back()->get_ref<Json::object_t&>().try_emplace(std::move(key));
    if (!added) {
      throw Error(ExitCode::kData,
                  text(source_, ": the key ", Json(key).dump(), " occurs twice in one object"));
    }
    place_ = &place->second;
    return true;
  }

  bool parse_error(std::size_t byte, const std::string&, const Json::exception& error) override {
    constexpr int kNumberOverflow = 406;
    if (error.id == kNumberOverflow)
      throw Error(ExitCode::kData, text(source_, ": not JSON (a number is too large)"));
    const std::string_view before = document_.substr(0, byte);
    throw Error(ExitCode::kData, text(source_, ": not JSON (line ", std::ranges::count(before, '\n') + 1,
                                      ", byte ", byte, ")"));
  }

 private:
  template <typename Value>
  bool add(Value&& value) {
    if (!skipping_) place() = std::forward<Value>(value);
    return true;
  }

  bool open(Json::value_t type) {
    if (++open_ > kMaxDepth) {
      throw Error(ExitCode::kData, text(source_, ": JSON nested deeper than ", kMaxDepth, " levels"));
    }
    if (skipping_) return true;
    Json& value = place();
    value = Json(type);
    parents_.push_back(&value);
    return true;
  }

  bool close() {
    if (--open_ == 0) skipping_ = false;
    if (!skipping_) parents_.pop_back();
    return true;
  }

  /// Of the value that comes next.
  Json& place() {
    if (parents_.empty()) return root_;
    Json& parent = *parents_.back();
    return parent.is_array() ? parent.emplace_back(nullptr) : *place_;
  }

  std::string_view document_;
  const std::string& source_;
  const char* only_;
  Json root_;
  std::vector<Json*> parents_;  ///< the containers that have not ended; of each the last item is the next
  Json* place_ = nullptr;       ///< of the last key's value
  int open_ = 0;                ///< containers that have not ended, skipped ones too
  bool skipping_ = false;
};

/// The document, or of one object a member alone.
Json parse(std::string_view document, const std::string& source, const char* only = nullptr) {
  if (document.size() > kMaxBytes) {
    throw Error(ExitCode::kData,
                text(source, ": JSON of ", document.size(), " bytes, more than ", kMaxBytes));
  }
  const std::string quoted = quote_bare_words(document);
  Builder builder(quoted, source, only);
  Json::sax_parse(quoted, &builder);
  return builder.take();
}

}  // namespace

Json parse_json(std::string_view document, const std::string& source) {
  return parse(document, source);
}

Json parse_json_member(std::string_view document, const char* key, const std::string& source) {
  return member(parse(document, source, key), key);
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
