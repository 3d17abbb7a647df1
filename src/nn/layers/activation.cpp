#include "ops/activation.h"

#include <limits>
#include <memory>
#include <utility>

#include "ktrain/nn/layers/activation.h"
#include "ktrain/nn/layers/elu.h"
#include "ktrain/nn/layers/leaky_relu.h"
#include "ktrain/nn/layers/relu.h"
#include "nn/layers/build_checks.h"
#include "nn/refuse.h"

namespace ktrain {
namespace {

class ActivationKernel final : public LayerKernel {
 public:
  explicit ActivationKernel(const Activation& activation) : activation_(activation) {}

  void forward(const Forward& call) override {
    activation_forward(activation_, call.inputs[0], call.outputs[0]);
  }
  void backward(const Backward& call) override {
    if (call.input_gradients[0].empty()) return;
    activation_backward(activation_, call.inputs[0], call.outputs[0], call.output_gradients[0],
                        call.input_gradients[0]);
  }

 private:
  Activation activation_;
};

/// The layer of all classes here: they differ in how they name their function.
class ActivationLayer final : public Layer {
 public:
  ActivationLayer(const std::string& name, std::string class_name, bool trainable,
                  const Activation& activation)
      : Layer(name, std::move(class_name), trainable), activation_(activation) {
    check_parameters();
  }

  std::vector<Shape> build(std::span<const Shape> inputs) override {
    const Shape& input = single_input(*this, inputs);
    set_built();
    if (!works_along_axis(activation_.kind)) return {input};
    const int axis = sample_axis(*this, activation_.axis, input);
    if (activation_.kind == ActivationKind::kGlu && input[axis] % 2 != 0) {
      refuse(*this, "glu cannot halve axis ", activation_.axis, " of samples of shape ", input);
    }
    return {activation_output_shape(activation_, input.batched(1)).sample()};
  }

  bool passes_through(bool) const override { return activation_.kind == ActivationKind::kLinear; }

  std::unique_ptr<LayerKernel> prepare(std::int64_t, std::span<const Shape>, bool, std::uint32_t) override {
    return std::make_unique<ActivationKernel>(activation_);
  }

 private:
  void check_parameters() const {
    using Kind = ActivationKind;
    const Activation& a = activation_;
    const auto require = [&](bool fits, const char* parameter, float value) {
      if (!fits) refuse(*this, parameter, " cannot be ", value);
    };
    if (a.kind == Kind::kRelu) {
      require(a.negative_slope >= 0, "negative_slope", a.negative_slope);
      require(a.max_value > 0, "max_value", a.max_value);
    }
    if (a.kind == Kind::kRelu || a.kind == Kind::kSoftShrink || a.kind == Kind::kHardShrink) {
      require(a.threshold >= 0, "threshold", a.threshold);
    }
    if (a.kind == Kind::kElu) require(a.alpha >= 0, "alpha", a.alpha);
    if (a.kind == Kind::kCelu) require(a.alpha > 0, "alpha", a.alpha);
    if (a.kind == Kind::kSquareplus) require(a.b > 0, "b", a.b);
  }

  Activation activation_;
};

}  // namespace

std::unique_ptr<Layer> make_activation(const std::string& name, const ActivationOptions& options,
                                       bool trainable) {
  return std::make_unique<ActivationLayer>(name, "Activation", trainable, options.activation);
}

std::unique_ptr<Layer> make_relu(const std::string& name, const ReLUOptions& options, bool trainable) {
  const Activation activation = {
      .kind = ActivationKind::kRelu,
      .negative_slope = options.negative_slope,
      .max_value = options.max_value.value_or(std::numeric_limits<float>::infinity()),
      .threshold = options.threshold};
  return std::make_unique<ActivationLayer>(name, "ReLU", trainable, activation);
}

std::unique_ptr<Layer> make_leaky_relu(const std::string& name, const LeakyReLUOptions& options,
                                       bool trainable) {
  const Activation activation = {.kind = ActivationKind::kRelu, .negative_slope = options.negative_slope};
  return std::make_unique<ActivationLayer>(name, "LeakyReLU", trainable, activation);
}

std::unique_ptr<Layer> make_elu(const std::string& name, const ELUOptions& options, bool trainable) {
  const Activation activation = {.kind = ActivationKind::kElu, .alpha = options.alpha};
  return std::make_unique<ActivationLayer>(name, "ELU", trainable, activation);
}

}  // namespace ktrain
