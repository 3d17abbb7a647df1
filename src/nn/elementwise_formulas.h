#pragma once

#include "nn/probability.h"
#include "ops/vector_math.h"

// Losses of one prediction p and one target t, and their derivatives by p, as keras.losses has them.
namespace ktrain::loss_formula {

struct SquaredError {
  float value(float p, float t) const { return (t - p) * (t - p); }
  float slope(float p, float t) const { return 2 * (p - t); }
};

struct AbsoluteError {
  float value(float p, float t) const { return vector_math::absolute(t - p); }
  float slope(float p, float t) const { return p > t ? 1.0F : (p < t ? -1.0F : p - t); }
};

/// e²/2 for |e| <= delta, else delta·|e| - delta²/2 (Huber 1964).
struct Huber {
  float delta;
  float value(float p, float t) const {
    const float e = vector_math::absolute(p - t);
    return e <= delta ? 0.5F * (e * e) : delta * e - 0.5F * (delta * delta);
  }
  float slope(float p, float t) const {
    const float e = p - t;
    return e > delta ? delta : (e < -delta ? -delta : e);
  }
};

/// A target in {0, 1} moved towards 1/2: t(1 - s) + s/2.
struct Smoothing {
  explicit Smoothing(double s) : factor(static_cast<float>(1 - s)), offset(static_cast<float>(0.5 * s)) {}
  float operator()(float t) const { return t * factor + offset; }
  float factor, offset;
};

/// -t log(p) - (1 - t) log(1 - p) with p clipped.
struct BinaryCrossentropy {
  Smoothing smoothed;
  float value(float p, float t) const {
    const float c = clipped_probability(p), s = smoothed(t);
    return -(s * vector_math::log_of_normal(c) + (1 - s) * vector_math::log_of_normal(1 - c));
  }
  float slope(float p, float t) const {
    const float c = clipped_probability(p), s = smoothed(t);
    const float inside = (1 - s) / (1 - c) - s / c;
    return is_unclipped(p) ? inside : 0.0F;
  }
};

/// The same of p = sigmoid(z).
struct BinaryCrossentropyOfLogits {
  Smoothing smoothed;
  float value(float z, float t) const {
    // softplus(±z) = max(±z, 0) + log(1 + e^-|z|)
    const float rest = vector_math::log1p_of_fraction(vector_math::exp(-vector_math::absolute(z)));
    const float s = smoothed(t);
    return s * ((z < 0 ? -z : 0.0F) + rest) + (1 - s) * ((z > 0 ? z : 0.0F) + rest);
  }
  float slope(float z, float t) const { return vector_math::sigmoid(z) - smoothed(t); }
};

}  // namespace ktrain::loss_formula
