#pragma once

#include <string>

namespace ktrain {

/// This machine's name (gethostname).
std::string host_name();

}  // namespace ktrain
