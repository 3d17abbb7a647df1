#pragma once

#include <sstream>
#include <string>

namespace ktrain {

/// The values printed one after the other: text("row ", 3, " of ", name).
template <typename... Values>
std::string text(const Values&... values) {
  std::ostringstream out;
  static_cast<void>((out << ... << values));
  return out.str();
}

}  // namespace ktrain
