#pragma once

#include <cstdint>

#include "core/simd.h"
#include "optim/update.h"

namespace ktrain {

// What the rules that look at whole tensors have in common.

/// Elements below which a second thread is not worth it.
inline constexpr std::int64_t kTensorGrain = 16384;

/// values = weight(i); the rule then works on the values themselves.
void decay_weights(const OptimizerUpdate& update);

/// The elements from `first` on, `count` of them.
OptimizerUpdate part_of(const OptimizerUpdate& update, std::int64_t first, std::int64_t count);

/// The sum of term(i) over [0, count) in float64 in a fixed order. Inlined, so that it is compiled for the
/// machine of the KTRAIN_SIMD function around it.
template <typename Term>
[[gnu::always_inline]] inline double lane_sum(std::int64_t count, const Term& term) {
  double lanes[kLanes] = {};
  const std::int64_t whole = count / kLanes * kLanes;
  for (std::int64_t i = 0; i < whole; i += kLanes) {
    for (int lane = 0; lane < kLanes; ++lane) lanes[lane] += static_cast<double>(term(i + lane));
  }
  for (std::int64_t i = whole; i < count; ++i) lanes[i - whole] += static_cast<double>(term(i));
  double sum = 0;
  for (const double lane : lanes) sum += lane;
  return sum;
}

}  // namespace ktrain
