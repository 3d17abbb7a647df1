#include "train/csv_logger.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "core/text.h"
#include "ktrain/core/error.h"

namespace ktrain {
namespace {

/// The fewest digits that read back to the same double, as Python's repr: with an exponent below 1e-4 and
/// from 1e16 on, else with a decimal point.
std::string shortest(double value) {
  const double size = std::abs(value);
  const bool exponent = size != 0 && (size < 1e-4 || size >= 1e16);
  std::array<char, 32> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value,
                                 exponent ? std::chars_format::scientific : std::chars_format::fixed)
                       .ptr;
  std::string text(digits.data(), end);
  const bool whole = !exponent && std::isfinite(value) && text.find('.') == std::string::npos;
  return whole ? text + ".0" : text;
}

bool has_a_line(const std::string& file) {
  std::ifstream in(file);
  return in.peek() != std::ifstream::traits_type::eof();
}

}  // namespace

CsvLogger::CsvLogger(const std::string& file, char separator, bool append)
    : name_(file),
      separator_(separator),
      header_(!append || !has_a_line(file)),
      file_(file, append ? std::ios::app : std::ios::trunc) {
  if (!file_) throw Error(ExitCode::kIo, text("cannot write ", name_));
}

void CsvLogger::set_columns(std::span<const NamedValue> logs) {
  for (const NamedValue& value : logs) columns_.push_back(value.name);
  std::ranges::sort(columns_);
  const auto of_validation = [](const std::string& name) { return name.starts_with("val_"); };
  if (std::ranges::any_of(columns_, of_validation)) return;
  const std::vector<std::string> own = columns_;
  for (const std::string& name : own) columns_.push_back("val_" + name);
}

void CsvLogger::epoch_ended(std::int64_t epoch, std::span<const NamedValue> logs) {
  if (columns_.empty()) {
    set_columns(logs);
    std::vector<std::string> names{"epoch"};
    names.insert(names.end(), columns_.begin(), columns_.end());
    if (header_) write_line(names);
  }
  std::vector<std::string> cells{std::to_string(epoch)};
  for (const std::string& name : columns_) {
    const auto found = std::ranges::find(logs, name, &NamedValue::name);
    cells.push_back(found == logs.end() ? "NA" : shortest(found->value));
  }
  write_line(cells);
}

void CsvLogger::write_line(const std::vector<std::string>& cells) {
  for (std::size_t i = 0; i < cells.size(); ++i) {
    if (i > 0) file_ << separator_;
    const bool quoted = cells[i].find(separator_) != std::string::npos;
    file_ << (quoted ? "\"" + cells[i] + "\"" : cells[i]);
  }
  file_ << "\r\n" << std::flush;  // as Python's csv module ends lines
  if (!file_) throw Error(ExitCode::kIo, text("cannot write ", name_));
}

}  // namespace ktrain
