#include "architecture/code_text.h"

#include <cctype>
#include <regex>

namespace ktrain::architecture {
namespace {

/// Walks over a file's characters and knows which of them are code.
class Blanker {
 public:
  std::string line(const std::string& text) {
    text_ = text;
    out_.assign(text.size(), ' ');
    if (state_ != State::kBlockComment && state_ != State::kRawString) state_ = State::kCode;
    for (at_ = 0; at_ < text_.size(); ++at_) step();
    return out_;
  }

 private:
  enum class State { kCode, kLineComment, kBlockComment, kString, kCharacter, kRawString };

  bool here(const std::string& what) const { return text_.compare(at_, what.size(), what) == 0; }

  void leave_after(const std::string& end) {
    if (!here(end)) return;
    at_ += end.size() - 1;
    state_ = State::kCode;
  }

  bool separates_digits() const {
    return at_ > 0 && std::isxdigit(static_cast<unsigned char>(text_[at_ - 1])) != 0;
  }

  void step_code() {
    if (here("//")) {
      state_ = State::kLineComment;
    } else if (here("/*")) {
      state_ = State::kBlockComment;
    } else if (here("R\"")) {
      const auto open = text_.find('(', at_);
      raw_end_ = ")" + text_.substr(at_ + 2, open - at_ - 2) + "\"";
      at_ = open;
      state_ = State::kRawString;
    } else if (here("\"")) {
      state_ = State::kString;
    } else if (here("'") && !separates_digits()) {
      state_ = State::kCharacter;
    } else {
      out_[at_] = text_[at_];
    }
  }

  void step() {
    switch (state_) {
      case State::kCode:
        return step_code();
      case State::kLineComment:
        return;
      case State::kBlockComment:
        return leave_after("*/");
      case State::kRawString:
        return leave_after(raw_end_);
      case State::kString:
      case State::kCharacter:
        if (here("\\")) {
          ++at_;
        } else {
          leave_after(state_ == State::kString ? "\"" : "'");
        }
    }
  }

  State state_ = State::kCode;
  std::string text_, out_, raw_end_;
  std::size_t at_ = 0;
};

/// What a brace opens, told by the code between the last ; { } and the brace.
bool opens_scope_of_functions(const std::string& head) {
  static const std::regex scope(
      R"(^\s*(template\s*<.*>\s*)?(inline\s+)?(namespace|class|struct|union|enum|extern)\b)");
  return std::regex_search(head, scope);
}

bool is_preprocessor(const std::string& line) {
  const auto first = line.find_first_not_of(' ');
  return first != std::string::npos && line[first] == '#';
}

}  // namespace

SourceFile code_of(const SourceFile& file) {
  SourceFile code{file.path, {}};
  Blanker blanker;
  for (const auto& line : file.lines) code.lines.push_back(blanker.line(line));
  return code;
}

std::vector<Block> functions_of(const SourceFile& code) {
  std::vector<Block> functions;
  std::string head;
  int scopes = 0;  // open namespaces and types
  int depth = 0;   // open braces inside a block that is neither
  bool is_table = false;
  for (std::size_t i = 0; i < code.lines.size(); ++i) {
    if (is_preprocessor(code.lines[i])) continue;
    for (const char c : code.lines[i] + " ") {
      if (c == '{' && depth == 0 && opens_scope_of_functions(head)) {
        ++scopes;
      } else if (c == '{' && ++depth == 1) {
        is_table = head.find(" = ") != std::string::npos && head.find("operator") == std::string::npos;
        functions.push_back({static_cast<int>(i) + 1, 0});
      } else if (c == '}' && depth == 0) {
        --scopes;
      } else if (c == '}' && --depth == 0) {
        functions.back().length = static_cast<int>(i) + 2 - functions.back().first_line;
        if (is_table) functions.pop_back();
      }
      head = c == ';' || c == '{' || c == '}' ? "" : head + c;
    }
  }
  return functions;
}

}  // namespace ktrain::architecture
