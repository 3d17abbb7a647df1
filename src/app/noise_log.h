#pragma once

#include <string>
#include <vector>

#include "report/noise_chart.h"

namespace ktrain {

/// The measurements of the noise scale in a log that `ktrain train --log FILE` wrote, in its order. Throws
/// Error{kNoInput} when the file cannot be read, kData naming the line that is not of such a log, or when
/// nothing was measured.
std::vector<NoisePoint> read_noise_log(const std::string& file);

}  // namespace ktrain
