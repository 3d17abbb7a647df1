#pragma once

#include <cstdint>

#include "core/parallel.h"
#include "core/simd.h"

// Element-wise loops over contiguous floats. Inputs and output may be the same memory, but may not overlap
// otherwise: `omp simd` vouches for that, so that the loop in place is vectorized too.
namespace ktrain {

template <typename Function>
[[gnu::flatten]] KTRAIN_SIMD void map_range(const float* x, float* y, std::int64_t count, Function function) {
#pragma omp simd
  for (std::int64_t i = 0; i < count; ++i) y[i] = function(x[i]);
}

template <typename Function>
[[gnu::flatten]] KTRAIN_SIMD void map_range(const float* a, const float* b, float* y, std::int64_t count,
                                            Function function) {
#pragma omp simd
  for (std::int64_t i = 0; i < count; ++i) y[i] = function(a[i], b[i]);
}

/// Elements below which a second thread does not pay for functions of a few operations, and for exp and
/// its like.
inline constexpr std::int64_t kCheapGrain = 32768;
inline constexpr std::int64_t kCostlyGrain = 4096;

/// y[i] = function(x[i]) on all threads.
template <typename Function>
void map(const float* x, float* y, std::int64_t count, std::int64_t grain, Function function) {
  parallel_for(count, grain, [&](std::int64_t begin, std::int64_t end) {
    map_range(x + begin, y + begin, end - begin, function);
  });
}

/// y[i] = function(a[i], b[i]) on all threads.
template <typename Function>
void map(const float* a, const float* b, float* y, std::int64_t count, std::int64_t grain,
         Function function) {
  parallel_for(count, grain, [&](std::int64_t begin, std::int64_t end) {
    map_range(a + begin, b + begin, y + begin, end - begin, function);
  });
}

}  // namespace ktrain
