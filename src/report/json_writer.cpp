#include "report/json_writer.h"

#include <cmath>
#include <variant>

namespace ktrain {
namespace {

/// Bytes of the UTF-8 character that `text` begins with; 0 when it begins with none (RFC 3629, section 4).
std::size_t utf8_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U; };
  const auto follows = [&](std::size_t i) { return byte(i) >= 0x80 && byte(i) <= 0xBF; };
  const unsigned first = byte(0);
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first <= 0xDF) return follows(1) ? 2 : 0;
  if (first >= 0xE0 && first <= 0xEF) {
    const bool overlong = first == 0xE0 && byte(1) < 0xA0;
    const bool surrogate = first == 0xED && byte(1) > 0x9F;
    return follows(1) && follows(2) && !overlong && !surrogate ? 3 : 0;
  }
  if (first >= 0xF0 && first <= 0xF4) {
    const bool overlong = first == 0xF0 && byte(1) < 0x90;
    const bool too_large = first == 0xF4 && byte(1) > 0x8F;
    return follows(1) && follows(2) && follows(3) && !overlong && !too_large ? 4 : 0;
  }
  return 0;
}

}  // namespace

void JsonWriter::clear() {
  buffer_.clear();
  needs_comma_ = false;
}

void JsonWriter::separate() {
  if (needs_comma_) buffer_.push_back(',');
  needs_comma_ = true;
}

void JsonWriter::open(char bracket) {
  separate();
  buffer_.push_back(bracket);
  needs_comma_ = false;
}

void JsonWriter::close(char bracket) {
  buffer_.push_back(bracket);
  needs_comma_ = true;
}

void JsonWriter::key(std::string_view name) {
  separate();
  quote(name);
  buffer_.push_back(':');
  needs_comma_ = false;
}

void JsonWriter::value(double value) {
  if (std::isnan(value)) return this->value("NaN");
  if (std::isinf(value)) return this->value(value > 0 ? "Infinity" : "-Infinity");
  separate();
  fmt::format_to(std::back_inserter(buffer_), "{}", value);
}

void JsonWriter::value(std::string_view value) {
  separate();
  quote(value);
}

void JsonWriter::null() {
  separate();
  buffer_.append(std::string_view("null"));
}

void JsonWriter::member(const Field& field) {
  struct Visitor {
    JsonWriter& writer;
    void operator()(std::monostate) const { writer.null(); }
    void operator()(const std::vector<std::string>& items) const {
      writer.open('[');
      for (const std::string& item : items) writer.value(item);
      writer.close(']');
    }
    void operator()(const std::string& text) const { writer.value(text); }
    void operator()(bool flag) const { writer.value(flag); }
    void operator()(std::int64_t integer) const { writer.value(integer); }
    void operator()(double number) const { writer.value(number); }
  };
  key(field.name);
  std::visit(Visitor{*this}, field.value);
}

void JsonWriter::quote(std::string_view value) {
  buffer_.push_back('"');
  while (!value.empty()) {
    const std::size_t length = utf8_length(value);
    const auto byte = static_cast<unsigned char>(value[0]);
    if (length == 0) {
      buffer_.append(std::string_view("\xEF\xBF\xBD"));
    } else if (byte == '"' || byte == '\\') {
      buffer_.push_back('\\');
      buffer_.push_back(value[0]);
    } else if (byte < 0x20) {
      fmt::format_to(std::back_inserter(buffer_), "\\u{:04x}", byte);
    } else {
      buffer_.append(value.substr(0, length));
    }
    value.remove_prefix(length == 0 ? 1 : length);
  }
  buffer_.push_back('"');
}

}  // namespace ktrain
