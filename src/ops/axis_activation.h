#pragma once

#include <cstdint>

#include "ktrain/ops/activation.h"
#include "ktrain/tensor/tensor.h"

// The activation functions that work along an axis.
namespace ktrain {

/// A tensor as outer x count x inner, the axis in the middle: element k of line (o, i) is at
/// (o count + k) inner + i.
struct AxisLines {
  std::int64_t outer = 1;
  std::int64_t count = 1;
  std::int64_t inner = 1;
};
AxisLines lines_along(const Shape& shape, int axis);

/// As activation_forward and activation_backward, for those kinds.
void axis_activation_forward(const Activation& activation, ConstTensorView x, TensorView y);
void axis_activation_backward(const Activation& activation, ConstTensorView x, ConstTensorView y,
                              ConstTensorView dy, TensorView dx);

}  // namespace ktrain
