#pragma once

#include <span>
#include <string>
#include <vector>

#include "keras/json.h"

namespace ktrain {

/// Of a BatchNormalization's config.
double batch_normalization_momentum(const Json& config);

/// The momentum of each BatchNormalization of a description (ModelFile), nested ones too, in the order in
/// which they stand there.
std::vector<double> batch_normalization_momenta(const std::string& description);

/// The description with other ones, as many as there are.
std::string with_batch_normalization_momenta(const std::string& description, std::span<const double> momenta);

}  // namespace ktrain
