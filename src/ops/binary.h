#pragma once

#include <cstdint>
#include <optional>

#include "ktrain/tensor/shape.h"
#include "ktrain/tensor/tensor.h"
#include "ops/broadcast.h"
#include "ops/reduction.h"

namespace ktrain {

/// Element-wise functions of two operands, as NumPy's and Keras's of the same name. Comparisons and logical
/// ones give 1 and 0, take any number but 0 as true, and have no derivative.
enum class BinaryKind : std::uint8_t {
  kAdd,
  kSubtract,
  kMultiply,
  kDivide,
  kPower,
  kMaximum,  ///< a NaN stays a NaN; operands that are equal share the gradient
  kMinimum,
  kEqual,
  kNotEqual,
  kGreater,
  kGreaterEqual,
  kLess,
  kLessEqual,
  kLogicalAnd,
  kLogicalOr,
  kFloorDivide,  ///< derivative 0
  kMod,          ///< of the divisor's sign
};
bool is_differentiable(BinaryKind kind);

/// y = kind(a, b) for operands that are spread over the result as NumPy does.
class Binary {
 public:
  /// `y` is broadcast_shape(a, b) or larger. With `gradients`, memory is taken for an operand that is spread.
  Binary(BinaryKind kind, const Shape& y, const Shape& a, const Shape& b, bool gradients);

  /// y may be an operand that is not spread.
  void forward(const float* a, const float* b, float* y) const;
  /// da = the sums of dy · d y / d a over the elements that a's were spread to; db alike. Either may be null.
  /// da and db may be dy when their operand is not spread and the other is null.
  void backward(const float* a, const float* b, const float* dy, float* da, float* db);

 private:
  struct Side {
    std::optional<Reduction> reduction;  ///< of a spread operand
  };
  template <int kOperand>
  void differentiate(const float* a, const float* b, const float* dy, float* d, const Side& side);

  BinaryKind kind_;
  Broadcast broadcast_;
  Side a_;
  Side b_;
  Tensor spread_gradient_;
};

}  // namespace ktrain
