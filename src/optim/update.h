#pragma once

#include <array>
#include <cstdint>

namespace ktrain {

/// What a rule works on: `count` elements from anywhere, or all of a tensor. It sees each gradient and each
/// weight through gradient() and weight().
struct OptimizerUpdate {
  std::int64_t t;  ///< counts the updates from 1
  float learning_rate;
  float weight_decay;
  float gradient_scale;
  float gradient_limit;
  std::int64_t count;
  float* values;
  const float* gradients;
  std::array<float*, 3> slots;  ///< of the rule, in its order

  /// The clipped gradient; NaN stays NaN.
  [[gnu::always_inline]] float gradient(std::int64_t i) const {
    const float scaled = gradients[i] * gradient_scale;
    const float above = scaled < -gradient_limit ? -gradient_limit : scaled;
    return above > gradient_limit ? gradient_limit : above;
  }
  /// The weight after decoupled weight decay.
  [[gnu::always_inline]] float weight(std::int64_t i) const {
    return values[i] - values[i] * weight_decay * learning_rate;
  }
};

}  // namespace ktrain
