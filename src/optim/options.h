#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

#include "ktrain/optim/optimizer.h"

namespace ktrain {

/// Throws Error{kConfiguration} when an option is out of its range, when more than one clipping is set, or
/// when an option is given that is neither common to all optimizers nor among the class's `own`.
void check_options(const std::string& class_name, const OptimizerOptions& options,
                   std::initializer_list<std::string_view> own);

}  // namespace ktrain
