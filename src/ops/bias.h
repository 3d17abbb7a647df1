#pragma once

#include <cstdint>

namespace ktrain {

/// y[r, c] += bias[c] for y (rows, columns) row-major.
void add_bias(const float* bias, float* y, std::int64_t rows, std::int64_t columns);

/// gradient[c] = sum of dy[r, c] over the rows, in their order.
void bias_gradient(const float* dy, float* gradient, std::int64_t rows, std::int64_t columns);

}  // namespace ktrain
