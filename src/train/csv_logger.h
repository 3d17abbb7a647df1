#pragma once

#include <fstream>
#include <span>
#include <string>
#include <vector>

#include "ktrain/train/events.h"

namespace ktrain {

/// keras.callbacks.CSVLogger: a line for each epoch (from 0), flushed at once. The first epoch's names,
/// sorted, are the columns, and when none is of a validation the same again for one; what is missing is NA.
class CsvLogger {
 public:
  /// Throws Error{kIo} naming the file.
  CsvLogger(const std::string& file, char separator, bool append);

  void epoch_ended(std::int64_t epoch, std::span<const NamedValue> logs);

 private:
  void set_columns(std::span<const NamedValue> logs);
  void write_line(const std::vector<std::string>& cells);

  std::string name_;
  char separator_;
  bool header_ = true;
  std::ofstream file_;
  std::vector<std::string> columns_;
};

}  // namespace ktrain
