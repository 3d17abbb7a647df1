#include "data/csv_reader.h"

#include <algorithm>
#include <utility>

#include "core/text.h"
#include "ktrain/core/error.h"

namespace ktrain {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr std::string_view kBlanks = " \t";

std::string_view trimmed(std::string_view field) {
  const std::size_t begin = field.find_first_not_of(kBlanks);
  if (begin == std::string_view::npos) return {};
  return field.substr(begin, field.find_last_not_of(kBlanks) + 1 - begin);
}

}  // namespace

CsvReader::CsvReader(std::string_view content, std::string name) : rest_(content), name_(std::move(name)) {
  if (rest_.starts_with(kByteOrderMark)) rest_.remove_prefix(kByteOrderMark.size());
}

std::string CsvReader::place() const {
  return text(name_, ":", record_line_);
}

bool CsvReader::at_line_end() const {
  return rest_.empty() || rest_.starts_with('\n') || rest_.starts_with("\r\n");
}

bool CsvReader::skip_blank_lines() {
  while (!rest_.empty() && at_line_end()) {
    rest_.remove_prefix(rest_.find('\n') + 1);
    ++line_;
  }
  return !rest_.empty();
}

bool CsvReader::next(std::vector<std::string>& fields) {
  if (!skip_blank_lines()) return false;
  record_line_ = line_;
  std::size_t count = 0;
  do {
    if (count > 0) rest_.remove_prefix(1);  // the comma
    if (fields.size() == count) fields.emplace_back();
    read_field(fields[count++]);
  } while (rest_.starts_with(','));
  fields.resize(count);
  return true;
}

void CsvReader::read_field(std::string& field) {
  const std::size_t blanks = std::min(rest_.find_first_not_of(kBlanks), rest_.size());
  if (rest_.substr(blanks).starts_with('"')) {
    rest_.remove_prefix(blanks + 1);
    read_quoted(field);
    return;
  }
  std::size_t end = std::min(rest_.find_first_of(",\n"), rest_.size());
  if (end > 0 && end < rest_.size() && rest_[end] == '\n' && rest_[end - 1] == '\r') --end;
  field = trimmed(rest_.substr(0, end));
  rest_.remove_prefix(end);
}

void CsvReader::read_quoted(std::string& field) {
  field.clear();
  for (;;) {
    const std::size_t quote = rest_.find('"');
    if (quote == std::string_view::npos) {
      throw Error(ExitCode::kData, text(place(), ": a quote is not closed"));
    }
    field += rest_.substr(0, quote);
    line_ += std::count(rest_.begin(), rest_.begin() + static_cast<std::ptrdiff_t>(quote), '\n');
    rest_.remove_prefix(quote + 1);
    if (!rest_.starts_with('"')) break;
    field += '"';
    rest_.remove_prefix(1);
  }
  rest_.remove_prefix(std::min(rest_.find_first_not_of(kBlanks), rest_.size()));
  if (!rest_.starts_with(',') && !at_line_end()) {
    throw Error(ExitCode::kData, text(place(), ": text after a closing quote"));
  }
}

}  // namespace ktrain
