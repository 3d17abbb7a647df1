#pragma once

#include <regex>
#include <string>
#include <vector>

namespace ktrain {

/// Regular expressions, one of which may be found anywhere in a name. Throws Error{kConfiguration} for one
/// that is none.
class Exclusion {
 public:
  explicit Exclusion(const std::vector<std::string>& patterns);
  bool found_in(const std::string& name) const;

 private:
  std::vector<std::regex> patterns_;
};

}  // namespace ktrain
