#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "ktrain/core/dtype.h"

namespace ktrain {

/// An object with state names each field once, in `visit_state(StateVisitor&)`; saving and loading are two
/// visitors. Names are paths ("optimizer/momentum"); a loading visitor fails when a field is missing or of
/// another size.
class StateVisitor {
 public:
  virtual ~StateVisitor() = default;
  virtual void array(std::string_view name, void* data, DType dtype, std::span<const std::int64_t> dims) = 0;
  virtual void integer(std::string_view name, std::int64_t& value) = 0;
  virtual void number(std::string_view name, double& value) = 0;
  virtual void string(std::string_view name, std::string& value) = 0;
};

}  // namespace ktrain
