#pragma once

#include <algorithm>
#include <span>

#include "core/check.h"
#include "ktrain/nn/layer.h"

namespace ktrain {

/// gradient += d penalty(regularizer, activity) / d activity, divided by the rows of the global batch: from
/// any share of its rows, so that the sum over all shares is that of the whole.
inline void add_activity_gradient(const Regularizer& regularizer, const StepContext& step,
                                  std::span<const float> activity, std::span<float> gradient) {
  KTRAIN_CHECK(step.global_rows > 0, "a step with activity penalties that does not say its global batch");
  const float share = 1 / static_cast<float>(step.global_rows);
  add_penalty_gradient({.l1 = regularizer.l1 * share, .l2 = regularizer.l2 * share}, activity, gradient);
}

}  // namespace ktrain
