#pragma once

#include <string>

#include "core/text.h"
#include "ktrain/core/error.h"
#include "ktrain/nn/layer.h"

namespace ktrain {

/// Throws Error{kConfiguration} that names the layer and its class; `why` is printed one after the other.
template <typename... Values>
[[noreturn]] void refuse(const Layer& layer, const Values&... why) {
  throw Error(ExitCode::kConfiguration,
              text("layer '", layer.name(), "' (", layer.class_name(), "): ", why...));
}

}  // namespace ktrain
