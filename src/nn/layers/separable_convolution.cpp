#include <utility>

#include "ktrain/nn/layers/separable_conv.h"
#include "nn/layers/activation_stage.h"
#include "nn/layers/convolution_layer.h"
#include "nn/layers/weights.h"
#include "nn/refuse.h"
#include "ops/scratch.h"

namespace ktrain {
namespace {

/// Both kernels' packed copies.
struct PackedPair {
  std::shared_ptr<PackedKernels> depthwise = make_packed_kernels();
  std::shared_ptr<PackedKernels> pointwise = make_packed_kernels();
};

class SeparableKernel final : public LayerKernel {
 public:
  SeparableKernel(const ConvolutionLayer& layer, const ConvolutionShape& depthwise,
                  const ConvolutionShape& pointwise, const Shape& linear, bool training,
                  const PackedPair& packed)
      : layer_(layer),
        depthwise_(depthwise, training, packed.depthwise),
        pointwise_(pointwise, training, packed.pointwise),
        middle_(Shape{pointwise.rows, input_positions(pointwise.window) * pointwise.in_channels}),
        activation_(layer.options().activation, linear, training) {}

  void forward(const Forward& call) override {
    const std::uint64_t version = call.step.weights_version;
    auto* middle = middle_.view().data<float>();
    depthwise_.forward(call.inputs[0].data<float>(), parameter(0), version, nullptr, middle);
    pointwise_.forward(middle, parameter(1), version, layer_.options().use_bias ? parameter(2) : nullptr,
                       activation_.target(call.outputs[0]).data<float>());
    activation_.forward(call.outputs[0]);
  }

  void backward(const Backward& call) override {
    const float* gradient = activation_.backward(call.outputs[0], call.output_gradients[0]).data<float>();
    const auto parameters = call.parameter_gradients;
    const bool trained = !parameters[0].empty();
    if (trained) {
      pointwise_.backward_weights(middle_.view().data<float>(), gradient, parameters[1].data<float>(),
                                  layer_.options().use_bias ? parameters[2].data<float>() : nullptr);
    }
    if (!trained && call.input_gradients[0].empty()) return;
    const std::uint64_t version = call.step.weights_version;
    const auto bytes = static_cast<std::size_t>(middle_.shape().elements()) * sizeof(float);
    auto* middle = static_cast<float*>(scratch(ScratchUse::kMiddleGradient, bytes));
    pointwise_.backward_data(gradient, parameter(1), version, middle);
    if (trained) {
      depthwise_.backward_weights(call.inputs[0].data<float>(), middle, parameters[0].data<float>(), nullptr);
    }
    if (!call.input_gradients[0].empty()) {
      depthwise_.backward_data(middle, parameter(0), version, call.input_gradients[0].data<float>());
    }
  }

 private:
  const float* parameter(std::size_t index) const { return layer_.parameters()[index].data<float>(); }

  const ConvolutionLayer& layer_;
  Convolution depthwise_;
  Convolution pointwise_;
  Tensor middle_;  ///< between the two
  ActivationStage activation_;
};

template <std::size_t kAxes>
class SeparableConv final : public ConvolutionLayer {
 public:
  SeparableConv(const std::string& name, const char* class_name, const SeparableConvOptions<kAxes>& o,
                bool trainable)
      : ConvolutionLayer(name, class_name, common_options(o), trainable), own_(o) {
    if (o.filters < 1) refuse(*this, "filters must be at least 1, not ", o.filters);
    if (o.depth_multiplier < 1)
      refuse(*this, "depth_multiplier must be at least 1, not ", o.depth_multiplier);
    if (o.padding == Padding::kCausal) refuse(*this, "padding cannot be causal");
  }

  std::unique_ptr<LayerKernel> prepare(std::int64_t rows, std::span<const Shape> inputs, bool training,
                                       std::uint32_t) override {
    const Shape& input = inputs[0];
    const std::int64_t middle = input[-1] * own_.depth_multiplier;
    const ConvolutionShape depthwise{.rows = rows,
                                     .window = window(input),
                                     .in_channels = input[-1],
                                     .out_channels = middle,
                                     .groups = input[-1],
                                     .bias = false};
    ConvolutionShape pointwise{.rows = rows,
                               .window = {},
                               .in_channels = middle,
                               .out_channels = own_.filters,
                               .bias = own_.use_bias};
    for (std::size_t axis = 0; axis < pointwise.window.size(); ++axis) {
      pointwise.window[axis].input = pointwise.window[axis].output = depthwise.window[axis].output;
    }
    return std::make_unique<SeparableKernel>(*this, depthwise, pointwise, linear_shape(rows, input), training,
                                             packed_);
  }

 private:
  std::vector<ParameterSpec> kernels(std::int64_t in) const override {
    ParameterSpec depthwise = kernel_spec(kernel_shape(in, own_.depth_multiplier), own_.depthwise_initializer,
                                          own_.depthwise_regularizer, own_.depthwise_constraint);
    Shape shape = depthwise.shape;
    for (int axis = 0; axis < static_cast<int>(kAxes); ++axis) shape[axis] = 1;
    shape[-2] = in * own_.depth_multiplier;
    shape[-1] = own_.filters;
    ParameterSpec pointwise =
        kernel_spec(shape, own_.pointwise_initializer, own_.pointwise_regularizer, own_.pointwise_constraint);
    depthwise.name = "depthwise_kernel";
    pointwise.name = "pointwise_kernel";
    return {std::move(depthwise), std::move(pointwise)};
  }
  std::int64_t out_channels(std::int64_t) const override { return own_.filters; }

  SeparableConvOptions<kAxes> own_;
  PackedPair packed_;
};

}  // namespace

std::unique_ptr<Layer> make_separable_conv1d(const std::string& name, const SeparableConv1DOptions& options,
                                             bool trainable) {
  return std::make_unique<SeparableConv<1>>(name, "SeparableConv1D", options, trainable);
}
std::unique_ptr<Layer> make_separable_conv2d(const std::string& name, const SeparableConv2DOptions& options,
                                             bool trainable) {
  return std::make_unique<SeparableConv<2>>(name, "SeparableConv2D", options, trainable);
}

}  // namespace ktrain
