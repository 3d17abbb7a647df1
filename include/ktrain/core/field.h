#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace ktrain {

/// A setting's value as it goes into a log; monostate where there is none.
using FieldValue =
    std::variant<std::monostate, bool, std::int64_t, double, std::string, std::vector<std::string>>;

struct Field {
  std::string name;
  FieldValue value;
};

}  // namespace ktrain
