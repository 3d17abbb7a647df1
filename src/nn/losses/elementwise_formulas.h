#pragma once

#include <cmath>

#include "nn/losses/probability.h"
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

/// 100 |t - p| / max(|t|, epsilon)
struct PercentageError {
  float value(float p, float t) const { return 100 * vector_math::absolute((t - p) / size_of_target(t)); }
  float slope(float p, float t) const {
    return (p > t ? 100.0F : (p < t ? -100.0F : p - t)) / size_of_target(t);
  }
  static float size_of_target(float t) {
    const float size = vector_math::absolute(t);
    return size < kEpsilon ? kEpsilon : size;
  }
};

/// (log(p + 1) - log(t + 1))², both not below epsilon.
struct SquaredLogarithmicError {
  float value(float p, float t) const {
    const float e = difference(p, t);
    return e * e;
  }
  float slope(float p, float t) const {
    const float inside = 2 * difference(p, t) / (p + 1);
    return p < kEpsilon ? 0.0F : inside;
  }
  static float difference(float p, float t) {
    return vector_math::log(raised(p) + 1) - vector_math::log(raised(t) + 1);
  }
  static float raised(float x) { return x < kEpsilon ? kEpsilon : x; }
};

/// log(cosh(p - t))
struct LogCosh {
  float value(float p, float t) const {
    const float e = vector_math::absolute(p - t);
    return e + vector_math::softplus(-2 * e) - 0.693147181F;
  }
  float slope(float p, float t) const { return vector_math::tanh(p - t); }
};

/// p - t log(p + epsilon)
struct Poisson {
  float value(float p, float t) const { return p - t * vector_math::log(p + kEpsilon); }
  float slope(float p, float t) const { return 1 - t / (p + kEpsilon); }
};

/// t log(t / p), both clipped to [epsilon, 1].
struct KLDivergence {
  float value(float p, float t) const {
    const float clipped = clip(t);
    return clipped * vector_math::log(clipped / clip(p));
  }
  float slope(float p, float t) const {
    const float inside = -clip(t) / clip(p);
    return kEpsilon <= p && p <= 1 ? inside : p - p;
  }
  static float clip(float x) {
    const float raised = x < kEpsilon ? kEpsilon : x;
    return raised > 1 ? 1.0F : raised;
  }
};

/// max(1 - t p, 0), with t = scale · target + offset.
struct Hinge {
  float scale, offset;
  float value(float p, float t) const {
    const float rest = 1 - (t * scale + offset) * p;
    return rest < 0 ? 0.0F : rest;
  }
  float slope(float p, float t) const {
    const float label = t * scale + offset;
    return 1 - label * p > 0 ? -label : p - p;
  }
};

/// The square of it.
struct SquaredHinge {
  Hinge hinge;
  float value(float p, float t) const {
    const float rest = hinge.value(p, t);
    return rest * rest;
  }
  float slope(float p, float t) const { return 2 * hinge.value(p, t) * hinge.slope(p, t); }
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

/// (1 - p_t)^gamma times the binary cross-entropy, p_t = t p + (1 - t)(1 - p), times t alpha + (1 - t)(1 -
/// alpha) when the classes are to be balanced (Lin et al., arXiv 1708.02002). In float64: pow is not
/// vectorized anyway.
struct BinaryFocalCrossentropy {
  double smoothing, gamma, alpha;
  bool balanced, logits;

  float value(float prediction, float target) const {
    const double t = smoothed(target), p = probability(prediction);
    return static_cast<float>(weight(t) * std::pow(1 - p_of_target(p, t), gamma) * crossentropy(p, t));
  }
  float slope(float prediction, float target) const {
    const double t = smoothed(target), p = probability(prediction);
    const double rest = 1 - p_of_target(p, t);
    const double c = clipped(p);
    const bool inside = c == p;
    const double of_entropy = inside ? (1 - t) / (1 - c) - t / c : 0;
    const double of_factor = gamma == 0 ? 0 : -gamma * std::pow(rest, gamma - 1) * (2 * t - 1);
    const double by_p = weight(t) * (of_factor * crossentropy(p, t) + std::pow(rest, gamma) * of_entropy);
    return static_cast<float>(logits ? by_p * p * (1 - p) : by_p);
  }

 private:
  double smoothed(float t) const { return static_cast<double>(t) * (1 - smoothing) + 0.5 * smoothing; }
  double probability(float x) const {
    const auto value = static_cast<double>(x);
    return logits ? 1 / (1 + std::exp(-value)) : value;
  }
  double weight(double t) const { return balanced ? t * alpha + (1 - t) * (1 - alpha) : 1; }
  static double p_of_target(double p, double t) { return t * p + (1 - t) * (1 - p); }
  static double clipped(double p) { return p < 1e-7 ? 1e-7 : (p > 1 - 1e-7 ? 1 - 1e-7 : p); }
  static double crossentropy(double p, double t) {
    const double c = clipped(p);
    return -(t * std::log(c) + (1 - t) * std::log(1 - c));
  }
};

}  // namespace ktrain::loss_formula
