#pragma once

#include "config/option.h"

namespace ktrain {

/// What happens to hyperparameters when the global batch is not the one for which they were chosen.
OptionGroup batch_scaling_group();

}  // namespace ktrain
