#pragma once

#include <optional>

#include "ktrain/ops/activation.h"
#include "ktrain/tensor/tensor.h"

namespace ktrain {

/// The activation at the end of a layer's kernel. The kernel computes into target(output), then calls
/// forward; its backward starts from the gradient that backward returns.
class ActivationStage {
 public:
  /// `shape` is what goes into the activation, the batch dimension in front.
  ActivationStage(const Activation& activation, const Shape& shape, bool training);

  /// The output itself, or memory of this stage where the derivative or the function needs its input.
  TensorView target(TensorView output);
  void forward(TensorView output);
  /// The gradient with respect to target; valid until the thread's next backward. It may be
  /// `output_gradient`.
  ConstTensorView backward(ConstTensorView output, ConstTensorView output_gradient);

 private:
  Activation activation_;
  Shape shape_;
  std::optional<Tensor> input_;
};

}  // namespace ktrain
