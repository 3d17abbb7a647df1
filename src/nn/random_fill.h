#pragma once

#include <span>

#include "ktrain/core/philox.h"

namespace ktrain {

/// values[i] = low + (high - low)·u, u uniform in [0, 1).
void fill_uniform(std::span<float> values, const RandomStream& random, double low, double high);
/// values[i] = mean + stddev·z, z standard normal.
void fill_normal(std::span<float> values, const RandomStream& random, double mean, double stddev);
/// The same with z drawn again until |z| <= 2.
void fill_truncated_normal(std::span<float> values, const RandomStream& random, double mean, double stddev);

}  // namespace ktrain
