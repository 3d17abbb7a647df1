#pragma once

#include <string>
#include <vector>

namespace ktrain::architecture {

/// A file of the tree: its path from the root, with '/', and its lines without their ends.
struct SourceFile {
  std::string path;
  std::vector<std::string> lines;
};

/// The file with comments and the insides of string and character literals blanked out: what is left is code,
/// each character where it was.
SourceFile code_of(const SourceFile& file);

/// A function body, or another braced block outside any function.
struct Block {
  int first_line;  // 1-based, of the opening brace
  int length;      // lines, both braces included
};

/// The outermost function bodies of `code` (as code_of leaves it). Namespaces, types and `= {…}` tables are
/// no functions; a nested lambda or type belongs to the function around it.
std::vector<Block> functions_of(const SourceFile& code);

}  // namespace ktrain::architecture
