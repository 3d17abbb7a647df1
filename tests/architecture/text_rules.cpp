#include "architecture/text_rules.h"

#include <algorithm>
#include <regex>

namespace ktrain::architecture {
namespace {

bool ends_with(const std::string& text, const std::string& end) {
  return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

class Breaches {
 public:
  explicit Breaches(std::string path) : path_(std::move(path)) {}
  void add(std::size_t line, const std::string& what) {
    list_.push_back(path_ + ":" + std::to_string(line) + ": " + what);
  }
  std::vector<std::string> take() { return std::move(list_); }

 private:
  std::string path_;
  std::vector<std::string> list_;
};

bool has_pragma_once(const SourceFile& file) {
  return std::find(file.lines.begin(), file.lines.end(), "#pragma once") != file.lines.end();
}

}  // namespace

std::vector<std::string> text_breaches(const SourceFile& file) {
  // Put together here, so that this file does not breach its own rule.
  static const std::regex unfinished(
      "\\b(TO"
      "DO|FIX"
      "ME|XX"
      "X|HA"
      "CK)\\b");
  static const std::regex conditional(R"(\s*#\s*(if|ifdef|ifndef)\b.*)");
  Breaches breaches(file.path);
  const bool is_public = file.path.compare(0, 15, "include/ktrain/") == 0;
  if (file.lines.size() > kMostFileLines) breaches.add(file.lines.size(), "the file has more than 400 lines");
  if (ends_with(file.path, ".h") && !has_pragma_once(file)) breaches.add(1, "no #pragma once");
  for (std::size_t i = 0; i < file.lines.size(); ++i) {
    if (std::regex_search(file.lines[i], unfinished)) breaches.add(i + 1, "a mark of unfinished work");
    if (is_public && std::regex_match(file.lines[i], conditional)) {
      breaches.add(i + 1, "conditional compilation in a public header");
    }
  }
  for (const auto& function : functions_of(code_of(file))) {
    if (function.length <= kMostFunctionLines) continue;
    breaches.add(static_cast<std::size_t>(function.first_line),
                 "a function of " + std::to_string(function.length) + " lines (limit 60)");
  }
  return breaches.take();
}

bool names_mpi_world(const SourceFile& file) {
  const SourceFile code = code_of(file);
  return std::any_of(code.lines.begin(), code.lines.end(), [](const std::string& line) {
    return line.find("MPI_COMM_WORLD") != std::string::npos;
  });
}

}  // namespace ktrain::architecture
