#pragma once

#include <string>

#include "ktrain/keras/freeze_options.h"

namespace ktrain {

/// The description of a model with its layers' `trainable` set accordingly; with `train_only` the layers that
/// match become trainable whatever they were. Throws Error{kConfiguration} for a pattern that no layer
/// matches, with the names that there are.
std::string freeze_layers(const std::string& description, const FreezeOptions& options);

}  // namespace ktrain
