#pragma once

#include <string>

namespace ktrain {

/// In snake case and without an alias: "MSE" -> "mean_squared_error". Other names stay.
std::string canonical_loss_name(const std::string& name);

}  // namespace ktrain
