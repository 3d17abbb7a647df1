#pragma once

#include "core/state_visitor.h"
#include "ktrain/comm/communicator.h"

namespace ktrain {

/// Brings every field of a state from rank 0 to all ranks; each rank visits the same fields.
class BroadcastVisitor final : public StateVisitor {
 public:
  explicit BroadcastVisitor(Communicator& communicator) : communicator_(communicator) {}
  void array(std::string_view name, void* data, DType dtype, std::span<const std::int64_t> dims) override;
  void integer(std::string_view name, std::int64_t& value) override;
  void number(std::string_view name, double& value) override;
  void string(std::string_view name, std::string& value) override;

 private:
  Communicator& communicator_;
};

}  // namespace ktrain
