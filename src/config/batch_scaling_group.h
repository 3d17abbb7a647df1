#pragma once

#include "config/option.h"

namespace ktrain {

/// What happens to hyperparameters when the global batch is not the one for which they were chosen.
OptionGroup batch_scaling_group();
/// When it changes within a run, and what is measured for that.
OptionGroup batch_change_group();

}  // namespace ktrain
