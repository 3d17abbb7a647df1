#pragma once

namespace ktrain {

/// keras.config.epsilon()
inline constexpr float kEpsilon = 1e-7F;

/// Where the cross-entropies clip probabilities: [1e-7, 1 - 1e-7] in float32 (Keras's epsilon).
inline constexpr float kLowestProbability = 1e-7F;
inline constexpr float kHighestProbability = static_cast<float>(1 - 1e-7);

/// A NaN stays one.
[[gnu::always_inline]] inline float clipped_probability(float p) {
  const float raised = p < kLowestProbability ? kLowestProbability : p;
  return raised > kHighestProbability ? kHighestProbability : raised;
}

/// True where the clip lets the gradient through.
[[gnu::always_inline]] inline bool is_unclipped(float p) {
  return kLowestProbability <= p && p <= kHighestProbability;
}

}  // namespace ktrain
