#pragma once

#include "ktrain/ops/activation.h"
#include "ktrain/tensor/tensor.h"

namespace ktrain {

/// True for softmax, log_softmax, sparsemax and glu, whose results hang on a whole line along the axis.
bool works_along_axis(ActivationKind kind);

/// True for the functions whose derivative cannot be had from the result: backward then needs x.
bool backward_needs_input(const Activation& activation);

/// y = f(x), float32. y has the shape activation_output_shape(x); it may be x itself, but for kGlu.
/// A NaN stays a NaN.
void activation_forward(const Activation& activation, ConstTensorView x, TensorView y);

/// dx = dy f'(x). dx may be dy itself, but for kGlu; x may be empty unless backward_needs_input, and y when
/// backward_needs_input. At a kink the derivative is the left one (relu at 0: negative_slope).
void activation_backward(const Activation& activation, ConstTensorView x, ConstTensorView y,
                         ConstTensorView dy, TensorView dx);

}  // namespace ktrain
