#pragma once

#include <cmath>

#include "core/check.h"
#include "ops/binary.h"
#include "ops/vector_math.h"

// The formulas of BinaryKind: value(a, b), and where there is a derivative slope_a and slope_b.
namespace ktrain::binary_formula {

struct Add {
  float value(float a, float b) const { return a + b; }
  float slope_a(float, float) const { return 1; }
  float slope_b(float, float) const { return 1; }
};
struct Subtract {
  float value(float a, float b) const { return a - b; }
  float slope_a(float, float) const { return 1; }
  float slope_b(float, float) const { return -1; }
};
struct Multiply {
  float value(float a, float b) const { return a * b; }
  float slope_a(float, float b) const { return b; }
  float slope_b(float a, float) const { return a; }
};
struct Divide {
  float value(float a, float b) const { return a / b; }
  float slope_a(float, float b) const { return 1 / b; }
  float slope_b(float a, float b) const { return -a / (b * b); }
};
/// Through the library's pow: exact for whole exponents, and defined for negative bases as Keras's.
struct Power {
  float value(float a, float b) const {
    if (b == 2) return a * a;
    return std::pow(a, b);
  }
  float slope_a(float a, float b) const { return b == 0 ? 0 : b == 2 ? 2 * a : b * std::pow(a, b - 1); }
  float slope_b(float a, float b) const {
    if (a == 0 && b >= 0) return 0;
    return std::pow(a, b) * std::log(a);
  }
};
struct Maximum {
  float value(float a, float b) const { return a > b || a != a ? a : b; }
  float slope_a(float a, float b) const { return a > b ? 1.0F : a == b ? 0.5F : 0.0F; }
  float slope_b(float a, float b) const { return b > a ? 1.0F : a == b ? 0.5F : 0.0F; }
};
struct Minimum {
  float value(float a, float b) const { return a < b || a != a ? a : b; }
  float slope_a(float a, float b) const { return a < b ? 1.0F : a == b ? 0.5F : 0.0F; }
  float slope_b(float a, float b) const { return b < a ? 1.0F : a == b ? 0.5F : 0.0F; }
};
struct FloorDivide {
  float value(float a, float b) const { return std::floor(a / b); }
  float slope_a(float, float) const { return 0; }
  float slope_b(float, float) const { return 0; }
};
struct Mod {
  float value(float a, float b) const {
    const float rest = std::fmod(a, b);
    return rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest;
  }
  float slope_a(float, float) const { return 1; }
  float slope_b(float a, float b) const { return -std::floor(a / b); }
};

/// Functions without a derivative.
struct Flat {
  float slope_a(float, float) const { return 0; }
  float slope_b(float, float) const { return 0; }
};
struct Equal : Flat {
  float value(float a, float b) const { return a == b ? 1.0F : 0.0F; }
};
struct NotEqual : Flat {
  float value(float a, float b) const { return a != b ? 1.0F : 0.0F; }
};
struct Greater : Flat {
  float value(float a, float b) const { return a > b ? 1.0F : 0.0F; }
};
struct GreaterEqual : Flat {
  float value(float a, float b) const { return a >= b ? 1.0F : 0.0F; }
};
struct Less : Flat {
  float value(float a, float b) const { return a < b ? 1.0F : 0.0F; }
};
struct LessEqual : Flat {
  float value(float a, float b) const { return a <= b ? 1.0F : 0.0F; }
};
struct LogicalAnd : Flat {
  float value(float a, float b) const { return a != 0 && b != 0 ? 1.0F : 0.0F; }
};
struct LogicalOr : Flat {
  float value(float a, float b) const { return a != 0 || b != 0 ? 1.0F : 0.0F; }
};

/// visitor(the formula of `kind`).
template <typename Visitor>
void visit(BinaryKind kind, const Visitor& visitor) {
  switch (kind) {
    case BinaryKind::kAdd:
      return visitor(Add{});
    case BinaryKind::kSubtract:
      return visitor(Subtract{});
    case BinaryKind::kMultiply:
      return visitor(Multiply{});
    case BinaryKind::kDivide:
      return visitor(Divide{});
    case BinaryKind::kPower:
      return visitor(Power{});
    case BinaryKind::kMaximum:
      return visitor(Maximum{});
    case BinaryKind::kMinimum:
      return visitor(Minimum{});
    case BinaryKind::kEqual:
      return visitor(Equal{});
    case BinaryKind::kNotEqual:
      return visitor(NotEqual{});
    case BinaryKind::kGreater:
      return visitor(Greater{});
    case BinaryKind::kGreaterEqual:
      return visitor(GreaterEqual{});
    case BinaryKind::kLess:
      return visitor(Less{});
    case BinaryKind::kLessEqual:
      return visitor(LessEqual{});
    case BinaryKind::kLogicalAnd:
      return visitor(LogicalAnd{});
    case BinaryKind::kLogicalOr:
      return visitor(LogicalOr{});
    case BinaryKind::kFloorDivide:
      return visitor(FloorDivide{});
    case BinaryKind::kMod:
      return visitor(Mod{});
  }
  KTRAIN_CHECK(false, "binary ", static_cast<int>(kind));
}

}  // namespace ktrain::binary_formula
