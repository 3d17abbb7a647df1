#include "optim/exclusion.h"

#include <algorithm>

#include "core/text.h"
#include "ktrain/core/error.h"

namespace ktrain {

Exclusion::Exclusion(const std::vector<std::string>& patterns) {
  for (const std::string& pattern : patterns) {
    try {
      patterns_.emplace_back(pattern);
    } catch (const std::regex_error& error) {
      throw Error(ExitCode::kConfiguration,
                  text("'", pattern, "' is not a regular expression: ", error.what()));
    }
  }
}

bool Exclusion::found_in(const std::string& name) const {
  return std::ranges::any_of(patterns_,
                             [&](const std::regex& pattern) { return std::regex_search(name, pattern); });
}

}  // namespace ktrain
