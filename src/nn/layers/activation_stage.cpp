#include "nn/layers/activation_stage.h"

#include "ops/activation.h"
#include "ops/scratch.h"

namespace ktrain {

ActivationStage::ActivationStage(const Activation& activation, const Shape& shape, bool training)
    : activation_(activation), shape_(shape) {
  const bool keeps_input = training && backward_needs_input(activation);
  if (keeps_input || activation.kind == ActivationKind::kGlu) input_.emplace(shape);
}

TensorView ActivationStage::target(TensorView output) {
  return input_ ? input_->view() : output;
}

void ActivationStage::forward(TensorView output) {
  if (activation_.kind == ActivationKind::kLinear) return;
  activation_forward(activation_, target(output), output);
}

ConstTensorView ActivationStage::backward(ConstTensorView output, ConstTensorView output_gradient) {
  if (activation_.kind == ActivationKind::kLinear) return output_gradient;
  const auto bytes = static_cast<std::size_t>(shape_.elements()) * sizeof(float);
  const TensorView gradient(scratch(ScratchUse::kActivationGradient, bytes), DType::kFloat32, shape_);
  const ConstTensorView input = input_ ? ConstTensorView(input_->view()) : ConstTensorView();
  activation_backward(activation_, input, output, output_gradient, gradient);
  return gradient;
}

}  // namespace ktrain
