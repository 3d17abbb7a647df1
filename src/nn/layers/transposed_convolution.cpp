#include <utility>

#include "ktrain/nn/layers/conv_transpose.h"
#include "nn/layers/activation_stage.h"
#include "nn/layers/convolution_layer.h"
#include "nn/layers/spatial_input.h"
#include "nn/layers/weights.h"
#include "nn/refuse.h"
#include "ops/bias.h"

namespace ktrain {
namespace {

/// A transposed convolution is the gradient of a convolution, and that convolution is its gradient.
class TransposedKernel final : public LayerKernel {
 public:
  /// `shape` is the convolution from the layer's outputs to its inputs.
  TransposedKernel(const ConvolutionLayer& layer, const ConvolutionShape& shape, const Shape& linear,
                   bool training, std::shared_ptr<PackedKernels> packed)
      : layer_(layer),
        convolution_(shape, training, std::move(packed)),
        positions_(shape.rows * input_positions(shape.window)),
        filters_(shape.in_channels),
        activation_(layer.options().activation, linear, training) {}

  void forward(const Forward& call) override {
    float* linear = activation_.target(call.outputs[0]).data<float>();
    convolution_.backward_data(call.inputs[0].data<float>(), kernel(), call.step.weights_version, linear);
    if (use_bias()) add_bias(layer_.parameters()[1].data<float>(), linear, positions_, filters_);
    activation_.forward(call.outputs[0]);
  }

  void backward(const Backward& call) override {
    const float* gradient = activation_.backward(call.outputs[0], call.output_gradients[0]).data<float>();
    const auto parameters = call.parameter_gradients;
    if (!parameters[0].empty()) {
      convolution_.backward_weights(gradient, call.inputs[0].data<float>(), parameters[0].data<float>(),
                                    nullptr);
      if (use_bias()) bias_gradient(gradient, parameters[1].data<float>(), positions_, filters_);
    }
    if (!call.input_gradients[0].empty()) {
      convolution_.forward(gradient, kernel(), call.step.weights_version, nullptr,
                           call.input_gradients[0].data<float>());
    }
  }

 private:
  const float* kernel() const { return layer_.parameters()[0].data<float>(); }
  bool use_bias() const { return layer_.options().use_bias; }

  const ConvolutionLayer& layer_;
  Convolution convolution_;
  std::int64_t positions_;  ///< of all outputs
  std::int64_t filters_;
  ActivationStage activation_;
};

template <std::size_t kAxes>
class ConvTranspose final : public ConvolutionLayer {
 public:
  ConvTranspose(const std::string& name, const char* class_name, const ConvTransposeOptions<kAxes>& o,
                bool trainable)
      : ConvolutionLayer(name, class_name, common_options(o), trainable), own_(o) {
    if (o.filters < 1) refuse(*this, "filters must be at least 1, not ", o.filters);
    if (o.padding == Padding::kCausal) refuse(*this, "padding cannot be causal");
    refuse_dilated_strides();
    if (!o.output_padding) return;
    require_at_least(*this, "output_padding", 0, *o.output_padding);
    for (std::size_t axis = 0; axis < kAxes; ++axis) {
      if ((*o.output_padding)[axis] >= o.strides[axis]) {
        refuse(*this, "output_padding ", Shape(*o.output_padding), " is not less than strides ",
               Shape(o.strides));
      }
    }
  }

  std::unique_ptr<LayerKernel> prepare(std::int64_t rows, std::span<const Shape> inputs, bool training,
                                       std::uint32_t) override {
    const Shape& input = inputs[0];
    const ConvolutionShape shape{.rows = rows,
                                 .window = transposed_window(input),
                                 .in_channels = own_.filters,
                                 .out_channels = input[-1],
                                 .bias = false};
    return std::make_unique<TransposedKernel>(*this, shape, linear_shape(rows, input), training,
                                              packed_kernels_);
  }

 private:
  std::vector<ParameterSpec> kernels(std::int64_t in) const override {
    return {kernel_spec(kernel_shape(own_.filters, in), own_.kernel_initializer, own_.kernel_regularizer,
                        own_.kernel_constraint)};
  }
  std::int64_t out_channels(std::int64_t) const override { return own_.filters; }
  std::array<std::int64_t, 3> output_sizes(const Shape& input) const override {
    const Window w = transposed_window(input);
    return {w[0].input, w[1].input, w[2].input};
  }

  Window transposed_window(const Shape& input) const {
    Window window;
    for (std::size_t axis = 0; axis < kAxes; ++axis) {
      const auto padding = own_.output_padding ? std::optional((*own_.output_padding)[axis]) : std::nullopt;
      window[window.size() - kAxes + axis] =
          transposed_window_axis(space(input)[axis], own_.kernel_size[axis], own_.strides[axis],
                                 own_.dilation_rate[axis], own_.padding, padding);
    }
    return window;
  }

  ConvTransposeOptions<kAxes> own_;
  std::shared_ptr<PackedKernels> packed_kernels_ = make_packed_kernels();
};

}  // namespace

std::unique_ptr<Layer> make_conv1d_transpose(const std::string& name, const Conv1DTransposeOptions& options,
                                             bool trainable) {
  return std::make_unique<ConvTranspose<1>>(name, "Conv1DTranspose", options, trainable);
}
std::unique_ptr<Layer> make_conv2d_transpose(const std::string& name, const Conv2DTransposeOptions& options,
                                             bool trainable) {
  return std::make_unique<ConvTranspose<2>>(name, "Conv2DTranspose", options, trainable);
}
std::unique_ptr<Layer> make_conv3d_transpose(const std::string& name, const Conv3DTransposeOptions& options,
                                             bool trainable) {
  return std::make_unique<ConvTranspose<3>>(name, "Conv3DTranspose", options, trainable);
}

}  // namespace ktrain
