#pragma once

#include <string>
#include <vector>

#include "comparison.h"

namespace ktrain::trajectories {

/// An SVG image: for each table D over kappa on logarithmic axes, a line for each rule, and as a band what is
/// below the seed-to-seed D. Of colours that can be read on light and dark ground.
std::string svg_chart(const std::vector<Table>& tables);

}  // namespace ktrain::trajectories
