#pragma once

#include <string>
#include <vector>

#include "architecture/code_text.h"

namespace ktrain::architecture {

inline constexpr int kMostFileLines = 400;
inline constexpr int kMostFunctionLines = 60;

/// Sizes of files and functions, marks of unfinished work, `#pragma once`, and the preprocessor in public
/// headers. One line for each breach: "path:line: what is wrong".
std::vector<std::string> text_breaches(const SourceFile& file);

/// Whether the file's code (not its comments) names MPI's world, which one file of src/ may.
bool names_mpi_world(const SourceFile& file);

}  // namespace ktrain::architecture
