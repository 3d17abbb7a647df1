#pragma once

#include <fmt/format.h>

#include <concepts>
#include <iterator>
#include <string_view>

#include "ktrain/core/field.h"

namespace ktrain {

/// Builds one JSON text in a buffer that is used again and again. The caller keeps brackets in pairs and
/// gives each member of an object a key.
class JsonWriter {
 public:
  void clear();
  std::string_view text() const { return {buffer_.data(), buffer_.size()}; }

  void open(char bracket);
  void close(char bracket);
  void key(std::string_view name);

  template <std::integral T>
  void value(T value) {
    separate();
    fmt::format_to(std::back_inserter(buffer_), "{}", value);
  }
  /// The fewest digits that read back to the same double; "NaN", "Infinity" or "-Infinity" as a string.
  void value(double value);
  /// UTF-8; bytes that are not become U+FFFD.
  void value(std::string_view value);
  void null();

  template <typename T>
  void member(std::string_view name, const T& member_value) {
    key(name);
    value(member_value);
  }
  void member(const Field& field);

  /// Ends the line.
  void end_line() { buffer_.push_back('\n'); }

 private:
  void separate();
  void quote(std::string_view value);

  fmt::memory_buffer buffer_;
  bool needs_comma_ = false;
};

}  // namespace ktrain
