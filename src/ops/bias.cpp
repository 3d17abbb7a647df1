#include "ops/bias.h"

#include <algorithm>

#include "core/parallel.h"
#include "core/simd.h"

namespace ktrain {
namespace {

/// Elements for which a second thread pays.
constexpr std::int64_t kGrain = 1 << 15;

KTRAIN_SIMD void add_to_rows(const float* bias, float* y, std::int64_t rows, std::int64_t columns) {
  for (std::int64_t r = 0; r < rows; ++r) {
    float* row = y + r * columns;
    for (std::int64_t c = 0; c < columns; ++c) row[c] += bias[c];
  }
}

// In float64: a bias often starts at zero, where the roundings of parts that cancel would show.
KTRAIN_SIMD void sum_columns(const float* dy, float* sums, std::int64_t rows, std::int64_t stride,
                             std::int64_t columns) {
  double lanes[kLanes] = {};
  for (std::int64_t r = 0; r < rows; ++r) {
    const float* row = dy + r * stride;
    for (std::int64_t c = 0; c < columns; ++c) lanes[c] += static_cast<double>(row[c]);
  }
  for (std::int64_t c = 0; c < columns; ++c) sums[c] = static_cast<float>(lanes[c]);
}

}  // namespace

void add_bias(const float* bias, float* y, std::int64_t rows, std::int64_t columns) {
  parallel_for(rows, std::max<std::int64_t>(kGrain / columns, 1), [&](std::int64_t begin, std::int64_t end) {
    add_to_rows(bias, y + begin * columns, end - begin, columns);
  });
}

void bias_gradient(const float* dy, float* gradient, std::int64_t rows, std::int64_t columns) {
  const std::int64_t grain = std::max<std::int64_t>(kGrain / rows, kLanes);
  parallel_for(columns, grain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t c = begin; c < end; c += kLanes) {
      sum_columns(dy + c, gradient + c, rows, columns, std::min<std::int64_t>(kLanes, end - c));
    }
  });
}

}  // namespace ktrain
