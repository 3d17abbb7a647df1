#include <utility>

#include "ktrain/nn/layers/conv.h"
#include "ktrain/nn/layers/depthwise_conv.h"
#include "nn/layers/activation_stage.h"
#include "nn/layers/convolution_layer.h"
#include "nn/layers/weights.h"
#include "nn/refuse.h"

namespace ktrain {
namespace {

class ConvolutionKernel final : public LayerKernel {
 public:
  ConvolutionKernel(const ConvolutionLayer& layer, const ConvolutionShape& shape, const Shape& linear,
                    bool training, std::shared_ptr<PackedKernels> packed)
      : layer_(layer),
        convolution_(shape, training, std::move(packed)),
        activation_(layer.options().activation, linear, training) {}

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

/// A layer with one kernel that is correlated with the input.
class DirectConvolution : public ConvolutionLayer {
 public:
  using ConvolutionLayer::ConvolutionLayer;

  std::unique_ptr<LayerKernel> prepare(std::int64_t rows, std::span<const Shape> inputs, bool training,
                                       std::uint32_t) final {
    const Shape& input = inputs[0];
    const ConvolutionShape shape{.rows = rows,
                                 .window = window(input),
                                 .in_channels = input[-1],
                                 .out_channels = out_channels(input[-1]),
                                 .groups = groups(input[-1]),
                                 .bias = options().use_bias};
    return std::make_unique<ConvolutionKernel>(*this, shape, linear_shape(rows, input), training,
                                               packed_kernels_);
  }

 private:
  virtual std::int64_t groups(std::int64_t in_channels) const = 0;

  std::shared_ptr<PackedKernels> packed_kernels_ = make_packed_kernels();
};

template <std::size_t kAxes>
class Conv final : public DirectConvolution {
 public:
  Conv(const std::string& name, const char* class_name, const ConvOptions<kAxes>& o, bool trainable)
      : DirectConvolution(name, class_name, common_options(o), trainable), own_(o) {
    if (o.filters < 1) refuse(*this, "filters must be at least 1, not ", o.filters);
    if (o.groups < 1) refuse(*this, "groups must be at least 1, not ", o.groups);
    if (o.filters % o.groups != 0) {
      refuse(*this, o.filters, " filters cannot be cut into ", o.groups, " groups");
    }
    if (o.padding == Padding::kCausal && kAxes != 1) refuse(*this, "padding cannot be causal");
    refuse_dilated_strides();
  }

 private:
  std::vector<ParameterSpec> kernels(std::int64_t in) const override {
    if (in % own_.groups != 0) {
      refuse(*this, in, " input channels cannot be cut into ", own_.groups, " groups");
    }
    return {kernel_spec(kernel_shape(in / own_.groups, own_.filters), own_.kernel_initializer,
                        own_.kernel_regularizer, own_.kernel_constraint)};
  }
  std::int64_t out_channels(std::int64_t) const override { return own_.filters; }
  std::int64_t groups(std::int64_t) const override { return own_.groups; }

  ConvOptions<kAxes> own_;
};

template <std::size_t kAxes>
class DepthwiseConv final : public DirectConvolution {
 public:
  DepthwiseConv(const std::string& name, const char* class_name, const DepthwiseConvOptions<kAxes>& o,
                bool trainable)
      : DirectConvolution(name, class_name, common_options(o), trainable), own_(o) {
    if (o.depth_multiplier < 1)
      refuse(*this, "depth_multiplier must be at least 1, not ", o.depth_multiplier);
    if (o.padding == Padding::kCausal) refuse(*this, "padding cannot be causal");
  }

 private:
  std::vector<ParameterSpec> kernels(std::int64_t in) const override {
    return {kernel_spec(kernel_shape(in, own_.depth_multiplier), own_.depthwise_initializer,
                        own_.depthwise_regularizer, own_.depthwise_constraint)};
  }
  std::int64_t out_channels(std::int64_t in) const override { return in * own_.depth_multiplier; }
  std::int64_t groups(std::int64_t in) const override { return in; }

  DepthwiseConvOptions<kAxes> own_;
};

}  // namespace

std::unique_ptr<Layer> make_conv1d(const std::string& name, const Conv1DOptions& options, bool trainable) {
  return std::make_unique<Conv<1>>(name, "Conv1D", options, trainable);
}
std::unique_ptr<Layer> make_conv2d(const std::string& name, const Conv2DOptions& options, bool trainable) {
  return std::make_unique<Conv<2>>(name, "Conv2D", options, trainable);
}
std::unique_ptr<Layer> make_conv3d(const std::string& name, const Conv3DOptions& options, bool trainable) {
  return std::make_unique<Conv<3>>(name, "Conv3D", options, trainable);
}

std::unique_ptr<Layer> make_depthwise_conv1d(const std::string& name, const DepthwiseConv1DOptions& options,
                                             bool trainable) {
  return std::make_unique<DepthwiseConv<1>>(name, "DepthwiseConv1D", options, trainable);
}
std::unique_ptr<Layer> make_depthwise_conv2d(const std::string& name, const DepthwiseConv2DOptions& options,
                                             bool trainable) {
  return std::make_unique<DepthwiseConv<2>>(name, "DepthwiseConv2D", options, trainable);
}

}  // namespace ktrain
