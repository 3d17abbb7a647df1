#pragma once

#include <cmath>
#include <utility>

#include "core/check.h"
#include "ktrain/ops/activation.h"
#include "ops/vector_math.h"

// The element-wise activation functions. Each is a type with its parameters, value(x) and slope(s), where s
// is x for those derived from OfInput and the value for those derived from OfOutput; kCostly tells those
// with an exponential from the others.
namespace ktrain::formula {

namespace vm = vector_math;
using vm::detail::clamped;

template <bool costly>
struct OfInput {
  static constexpr bool kNeedsInput = true;
  static constexpr bool kCostly = costly;
};
template <bool costly>
struct OfOutput {
  static constexpr bool kNeedsInput = false;
  static constexpr bool kCostly = costly;
};

struct Linear : OfOutput<false> {
  float value(float x) const { return x; }
  float slope(float) const { return 1; }
};

struct Relu : OfOutput<false> {
  float value(float x) const { return x <= 0 ? 0 : x; }
  float slope(float y) const { return y > 0 ? 1.0F : 0.0F; }
};

struct GeneralRelu : OfOutput<false> {
  float negative_slope, max_value, threshold;
  explicit GeneralRelu(const Activation& a)
      : negative_slope(a.negative_slope), max_value(a.max_value), threshold(a.threshold) {}
  float value(float x) const {
    const float low = x - threshold;
    // Not 0 · low: that is a NaN for an infinity.
    const float below = negative_slope == 0 ? (low <= 0 ? 0 : low) : negative_slope * low;
    const float above = x > max_value ? max_value : x;
    return x > threshold ? above : below;
  }
  float slope(float y) const { return y > 0 ? (y < max_value ? 1.0F : 0.0F) : negative_slope; }
};

/// x > 0: scale x; else scale alpha (e^(x / width) - 1). ELU, SELU and CELU.
struct ExponentialLinear : OfOutput<true> {
  float scale, alpha, width;
  ExponentialLinear(float scale_, float alpha_, float width_) : scale(scale_), alpha(alpha_), width(width_) {}
  float value(float x) const {
    const float below = scale * alpha * vm::expm1(x / width);
    const float above = scale * x;
    return x > 0 ? above : below;
  }
  float slope(float y) const {
    const float below = (y + scale * alpha) / width;
    return y > 0 ? scale : below;
  }
};

struct Gelu : OfInput<true> {
  float value(float x) const { return x < -15 ? -0.0F : x * vm::normal(x).integral; }
  float slope(float x) const {
    const vm::Normal n = vm::normal(x);
    return n.integral + clamped(x, -20, 20) * n.density;
  }
};

/// 0.5 x (1 + tanh(u)) = x sigmoid(2u), which keeps the digits of the negative tail.
struct ApproximateGelu : OfInput<true> {
  static constexpr float kTwoRootTwoOverPi = 1.5957691216057308F;
  static float gate(float x) { return vm::sigmoid(kTwoRootTwoOverPi * x * (1 + 0.044715F * x * x)); }
  float value(float x) const { return x < -30 ? -0.0F : x * gate(x); }
  float slope(float x) const {
    const float near = clamped(x, -30, 30);
    const float g = gate(near);
    return g + near * g * (1 - g) * kTwoRootTwoOverPi * (1 + 3 * 0.044715F * near * near);
  }
};

struct Silu : OfInput<true> {
  float value(float x) const { return x < -1e4F ? -0.0F : x * vm::sigmoid(x); }
  float slope(float x) const {
    const float s = vm::sigmoid(x);
    return s * (1 + clamped(x, -200, 200) * (1 - s));
  }
};

struct HardSigmoid : OfOutput<false> {
  float value(float x) const { return clamped(x + 3, 0, 6) / 6; }
  float slope(float y) const { return y > 0 && y < 1 ? 1.0F / 6 : 0.0F; }
};

struct Keras2HardSigmoid : OfOutput<false> {
  float value(float x) const { return clamped(0.2F * x + 0.5F, 0, 1); }
  float slope(float y) const { return y > 0 && y < 1 ? 0.2F : 0.0F; }
};

struct HardSilu : OfInput<false> {
  float value(float x) const { return x <= -3 ? -0.0F : x * (clamped(x + 3, 0, 6) / 6); }
  float slope(float x) const { return x <= -3 ? 0.0F : x < 3 ? (2 * x + 3) / 6 : 1.0F; }
};

struct Softplus : OfOutput<true> {
  float value(float x) const { return vm::softplus(x); }
  float slope(float y) const { return -vm::expm1(-y); }
};

struct LogSigmoid : OfOutput<true> {
  float value(float x) const { return -vm::softplus(-x); }
  float slope(float y) const { return -vm::expm1(y); }
};

struct Softsign : OfOutput<false> {
  // The limit keeps infinity / infinity away.
  float value(float x) const {
    const float bounded = clamped(x, -0x1p100F, 0x1p100F);
    return bounded / (1 + vm::absolute(bounded));
  }
  float slope(float y) const { return (1 - vm::absolute(y)) * (1 - vm::absolute(y)); }
};

struct Tanh : OfOutput<true> {
  float value(float x) const { return vm::tanh(x); }
  float slope(float y) const { return (1 - y) * (1 + y); }
};

struct Sigmoid : OfOutput<true> {
  float value(float x) const { return vm::sigmoid(x); }
  float slope(float y) const { return y * (1 - y); }
};

struct HardTanh : OfOutput<false> {
  float value(float x) const { return clamped(x, -1, 1); }
  float slope(float y) const { return y > -1 && y < 1 ? 1.0F : 0.0F; }
};

struct Exponential : OfOutput<true> {
  float value(float x) const { return vm::exp(x); }
  float slope(float y) const { return y; }
};

/// With e = e^x and n = e (e + 2): tanh(softplus(x)) = n / (n + 2).
struct Mish : OfInput<true> {
  // Where the function is x to the last bit, and e^4 no overflow.
  static float exponential(float x) { return vm::exp(x > 20 ? 20 : x); }
  float value(float x) const {
    const float e = exponential(x);
    const float n = e * (e + 2);
    return x < -1e4F ? -0.0F : x * (n / (n + 2));
  }
  float slope(float x) const {
    const float e = exponential(x);
    const float n = e * (e + 2);
    const float gate = n / (n + 2);
    const float gate_slope = 4 * e * (e + 1) / ((n + 2) * (n + 2));
    return gate + clamped(x, -200, 20) * gate_slope;
  }
};

struct TanhShrink : OfInput<true> {
  // Near zero, where the difference has no digits left, x^3 times a minimax polynomial in x^2.
  float value(float x) const {
    const float z = x * x;
    const float near =
        x * z *
        vm::detail::polynomial(z, 0.3333333432674408F, -0.13333328068256378F, 0.05396641045808792F,
                               -0.02184687741100788F, 0.008729115128517151F, -0.0031711843330413103F,
                               0.0007519571809098125F);
    const float far = x - vm::tanh(x);
    return z < 0.5F ? near : far;
  }
  float slope(float x) const {
    const float t = vm::tanh(x);
    return t * t;
  }
};

struct SoftShrink : OfOutput<false> {
  float threshold;
  explicit SoftShrink(float threshold_) : threshold(threshold_) {}
  float value(float x) const { return x - clamped(x, -threshold, threshold); }
  float slope(float y) const { return y != 0 ? 1.0F : 0.0F; }
};

struct HardShrink : OfOutput<false> {
  float threshold;
  explicit HardShrink(float threshold_) : threshold(threshold_) {}
  float value(float x) const { return vm::absolute(x) <= threshold ? 0 : x; }
  float slope(float y) const { return y != 0 ? 1.0F : 0.0F; }
};

struct Threshold : OfInput<false> {
  float threshold, default_value;
  Threshold(float threshold_, float default_) : threshold(threshold_), default_value(default_) {}
  float value(float x) const { return x <= threshold ? default_value : x; }
  float slope(float x) const { return x > threshold ? 1.0F : 0.0F; }
};

/// For x < 0 by the other root's quotient, which keeps the digits.
struct Squareplus : OfOutput<false> {
  float b;
  explicit Squareplus(float b_) : b(b_) {}
  float value(float x) const {
    const float t = vm::absolute(x);
    const float larger = 0.5F * (t + std::sqrt(t * t + b));
    const float smaller = 0.25F * b / larger;
    return x < 0 ? smaller : larger;
  }
  float slope(float y) const { return 1 / (1 + 0.25F * b / (y * y)); }
};

struct SparsePlus : OfOutput<false> {
  float value(float x) const {
    const float half = 0.5F * (x + 1);
    const float low = x <= -1 ? 0 : half * half;
    return x >= 1 ? x : low;
  }
  float slope(float y) const { return y < 1 ? std::sqrt(y) : 1.0F; }
};

struct SparseSigmoid : OfOutput<false> {
  float value(float x) const { return clamped(0.5F * (x + 1), 0, 1); }
  float slope(float y) const { return y > 0 && y < 1 ? 0.5F : 0.0F; }
};

template <typename Visitor>
auto visit_relu(const Activation& a, Visitor&& visitor) {
  const bool plain = a.negative_slope == 0 && a.threshold == 0 && std::isinf(a.max_value);
  return plain ? visitor(Relu{}) : visitor(GeneralRelu(a));
}

inline ExponentialLinear exponential_linear(const Activation& a) {
  if (a.kind == ActivationKind::kSelu) return {1.0507009873554805F, 1.6732632423543772F, 1};
  return {1, a.alpha, a.kind == ActivationKind::kCelu ? a.alpha : 1};
}

/// visitor(formula) for the formula of an element-wise activation.
template <typename Visitor>
auto visit(const Activation& a, Visitor&& visitor) {
  using Kind = ActivationKind;
  switch (a.kind) {
    case Kind::kLinear:
      return visitor(Linear{});
    case Kind::kRelu:
      return visit_relu(a, visitor);
    case Kind::kElu:
    case Kind::kSelu:
    case Kind::kCelu:
      return visitor(exponential_linear(a));
    case Kind::kGelu:
      return a.approximate ? visitor(ApproximateGelu{}) : visitor(Gelu{});
    case Kind::kSilu:
      return visitor(Silu{});
    case Kind::kHardSigmoid:
      return visitor(HardSigmoid{});
    case Kind::kKeras2HardSigmoid:
      return visitor(Keras2HardSigmoid{});
    case Kind::kHardSilu:
      return visitor(HardSilu{});
    case Kind::kSoftplus:
      return visitor(Softplus{});
    case Kind::kSoftsign:
      return visitor(Softsign{});
    case Kind::kTanh:
      return visitor(Tanh{});
    case Kind::kSigmoid:
      return visitor(Sigmoid{});
    case Kind::kHardTanh:
      return visitor(HardTanh{});
    case Kind::kExponential:
      return visitor(Exponential{});
    case Kind::kMish:
      return visitor(Mish{});
    case Kind::kLogSigmoid:
      return visitor(LogSigmoid{});
    case Kind::kTanhShrink:
      return visitor(TanhShrink{});
    case Kind::kSoftShrink:
      return visitor(SoftShrink(a.threshold));
    case Kind::kHardShrink:
      return visitor(HardShrink(a.threshold));
    case Kind::kThreshold:
      return visitor(Threshold(a.threshold, a.default_value));
    case Kind::kSquareplus:
      return visitor(Squareplus(a.b));
    case Kind::kSparsePlus:
      return visitor(SparsePlus{});
    case Kind::kSparseSigmoid:
      return visitor(SparseSigmoid{});
    case Kind::kSoftmax:
    case Kind::kLogSoftmax:
    case Kind::kSparsemax:
    case Kind::kGlu:
      break;
  }
  KTRAIN_CHECK(false, "activation ", static_cast<int>(a.kind), " is not element-wise");
  return visitor(Linear{});
}

}  // namespace ktrain::formula
