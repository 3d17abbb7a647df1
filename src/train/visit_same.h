#pragma once

#include <cstdint>
#include <string>

#include "core/state_visitor.h"
#include "core/text.h"
#include "ktrain/core/error.h"

namespace ktrain {

/// A setting that a saved state must share with the run that continues it. Throws Error{kConfiguration}.
inline void visit_same(StateVisitor& visitor, const std::string& name, std::int64_t own) {
  std::int64_t saved = own;
  visitor.integer(name, saved);
  if (saved != own) {
    throw Error(ExitCode::kConfiguration,
                text("the checkpoint was written with ", name, " ", saved, ", this run has ", own));
  }
}

}  // namespace ktrain
