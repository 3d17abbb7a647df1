#pragma once

#include <string>

#include "ktrain/keras/architecture.h"
#include "ktrain/keras/freeze_options.h"

namespace ktrain::testing {

/// configs/models/<name>.json; "<name>, penalized": every layer with a kernel has an activity_regularizer.
Architecture load_model(const std::string& name, const ArchitectureOptions& options);
/// The same with frozen layers.
Architecture load_model(const std::string& name, const ArchitectureOptions& options,
                        const FreezeOptions& frozen);

}  // namespace ktrain::testing
