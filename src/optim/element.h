#pragma once

namespace ktrain {

/// A gradient as an update rule sees it; NaN stays NaN.
[[gnu::always_inline]] inline float clipped(float gradient, float scale, float limit) {
  const float scaled = gradient * scale;
  const float above = scaled < -limit ? -limit : scaled;
  return above > limit ? limit : above;
}

/// A weight after decoupled weight decay.
[[gnu::always_inline]] inline float decayed(float weight, float weight_decay, float learning_rate) {
  return weight - weight * weight_decay * learning_rate;
}

}  // namespace ktrain
