#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ktrain {

/// Splits CSV text (RFC 4180: commas, quotes doubled inside quotes, LF or CRLF) into records. Blank lines and
/// a leading byte order mark are skipped; unquoted fields lose the blanks around them.
class CsvReader {
 public:
  /// `content` must stay; `name` is the file's, for messages.
  CsvReader(std::string_view content, std::string name);

  /// The next record into `fields`; false at the end. Throws Error{kData} for a quote that does not close.
  bool next(std::vector<std::string>& fields);

  /// "FILE:LINE" of the latest record.
  std::string place() const;

 private:
  bool skip_blank_lines();
  bool at_line_end() const;
  void read_field(std::string& field);
  void read_quoted(std::string& field);

  std::string_view rest_;
  std::string name_;
  std::int64_t line_ = 1;         ///< where rest_ begins
  std::int64_t record_line_ = 1;  ///< where the latest record began
};

}  // namespace ktrain
