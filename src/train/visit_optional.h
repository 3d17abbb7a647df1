#pragma once

#include <optional>
#include <string>

#include "core/state_visitor.h"

namespace ktrain {

/// A number that may be absent, as "<name>/known" and "<name>/value".
inline void visit_optional(StateVisitor& visitor, const std::string& name, std::optional<double>& value) {
  std::int64_t known = value ? 1 : 0;
  double number = value.value_or(0);
  visitor.integer(name + "/known", known);
  visitor.number(name + "/value", number);
  value = known == 1 ? std::optional(number) : std::nullopt;
}

}  // namespace ktrain
