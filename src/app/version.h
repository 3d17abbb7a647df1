#pragma once

#include <string>

namespace ktrain {

/// "ktrain 0.1.0 (…)": what this program was built with.
std::string version_text();

}  // namespace ktrain
