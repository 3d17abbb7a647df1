#pragma once

#include <string>
#include <vector>

#include "architecture/code_text.h"

namespace ktrain::architecture {

/// Who may include whom, and which folder alone sees which library. One line for each breach in a file of
/// src/ or include/ktrain/ (a public header counts as its folder): "path:line: what is wrong".
std::vector<std::string> include_breaches(const SourceFile& file);

}  // namespace ktrain::architecture
