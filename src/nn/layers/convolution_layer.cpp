#include "nn/layers/convolution_layer.h"

#include <algorithm>
#include <utility>

#include "nn/layers/activation_stage.h"
#include "nn/layers/image_input.h"
#include "nn/layers/weights.h"
#include "nn/refuse.h"

namespace ktrain {
namespace {

Shape output_shape(const ConvolutionShape& shape) {
  return {shape.rows, shape.window[0].output, shape.window[1].output, shape.out_channels};
}

class ConvolutionKernel : public LayerKernel {
 public:
  ConvolutionKernel(const ConvolutionLayer& layer, const ConvolutionShape& shape, bool training)
      : layer_(layer),
        convolution_(shape, training, layer.packed_kernels()),
        activation_(layer.options().activation, output_shape(shape), training) {}

  void forward(const Forward& call) override {
    const float* bias = layer_.options().use_bias ? layer_.parameters()[1].data<float>() : nullptr;
    convolution_.forward(call.inputs[0].data<float>(), kernel(), call.step.weights_version, bias,
                         activation_.target(call.outputs[0]).data<float>());
    activation_.forward(call.outputs[0]);
  }

  void backward(const Backward& call) override {
    const float* gradient = activation_.backward(call.outputs[0], call.output_gradients[0]).data<float>();
    const auto parameters = call.parameter_gradients;
    if (!parameters[0].empty()) {
      float* bias = layer_.options().use_bias ? parameters[1].data<float>() : nullptr;
      convolution_.backward_weights(call.inputs[0].data<float>(), gradient, parameters[0].data<float>(),
                                    bias);
    }
    if (!call.input_gradients[0].empty()) {
      convolution_.backward_data(gradient, kernel(), call.step.weights_version,
                                 call.input_gradients[0].data<float>());
    }
  }

 private:
  const float* kernel() const { return layer_.parameters()[0].data<float>(); }

  const ConvolutionLayer& layer_;
  Convolution convolution_;
  ActivationStage activation_;
};

void require_positive(const Layer& layer, const char* what, const HeightWidth& values) {
  if (values[0] >= 1 && values[1] >= 1) return;
  refuse(layer, what, " must be at least 1, not ", Shape{values[0], values[1]});
}

}  // namespace

ConvolutionLayer::ConvolutionLayer(const std::string& name, const std::string& class_name, Options options,
                                   bool trainable)
    : Layer(name, class_name, trainable), options_(std::move(options)) {
  require_positive(*this, "kernel_size", options_.kernel_size);
  require_positive(*this, "strides", options_.strides);
  require_positive(*this, "dilation_rate", options_.dilation_rate);
  if (std::ranges::max(options_.strides) > 1 && std::ranges::max(options_.dilation_rate) > 1) {
    refuse(*this, "strides > 1 together with dilation_rate > 1 is not supported, in Keras neither");
  }
}

std::vector<Shape> ConvolutionLayer::build(std::span<const Shape> inputs) {
  const Shape& input = image_input(*this, inputs);
  const Channels channels = connect(input[2]);
  if (built() && channels.kernel != parameter_specs()[0].shape) {
    refuse(*this, "input ", input, " does not fit the kernel ", parameter_specs()[0].shape);
  }
  const ConvolutionShape one = shape(1, input);
  if (one.window[0].output < 1 || one.window[1].output < 1) {
    refuse(*this, "input ", input, " is smaller than the kernel ", channels.kernel);
  }
  declare(kernel_spec(channels.kernel, options_.kernel_initializer, options_.kernel_regularizer,
                      options_.kernel_constraint));
  if (options_.use_bias) {
    declare(bias_spec(channels.out, options_.bias_initializer, options_.bias_regularizer,
                      options_.bias_constraint));
  }
  set_built();
  return {activation_output_shape(options_.activation, output_shape(one)).sample()};
}

ConvolutionShape ConvolutionLayer::shape(std::int64_t rows, const Shape& input) const {
  const Channels channels = connect(input[2]);
  return {.rows = rows,
          .window = window_2d({input[0], input[1]}, options_.kernel_size, options_.strides,
                              options_.dilation_rate, options_.padding),
          .in_channels = input[2],
          .out_channels = channels.out,
          .groups = channels.groups,
          .bias = options_.use_bias};
}

std::unique_ptr<LayerKernel> ConvolutionLayer::prepare(std::int64_t rows, std::span<const Shape> inputs,
                                                       bool training, std::uint32_t) {
  return std::make_unique<ConvolutionKernel>(*this, shape(rows, inputs[0]), training);
}

}  // namespace ktrain
