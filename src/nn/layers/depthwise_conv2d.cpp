#include "ktrain/nn/layers/depthwise_conv2d.h"

#include "nn/layers/convolution_layer.h"
#include "nn/refuse.h"

namespace ktrain {
namespace {

ConvolutionLayer::Options common(const DepthwiseConv2DOptions& o) {
  return {.kernel_size = o.kernel_size,
          .strides = o.strides,
          .padding = o.padding,
          .dilation_rate = o.dilation_rate,
          .activation = o.activation,
          .use_bias = o.use_bias,
          .kernel_initializer = o.depthwise_initializer,
          .bias_initializer = o.bias_initializer,
          .kernel_regularizer = o.depthwise_regularizer,
          .bias_regularizer = o.bias_regularizer,
          .kernel_constraint = o.depthwise_constraint,
          .bias_constraint = o.bias_constraint};
}

class DepthwiseConv2D : public ConvolutionLayer {
 public:
  DepthwiseConv2D(const std::string& name, const DepthwiseConv2DOptions& options, bool trainable)
      : ConvolutionLayer(name, "DepthwiseConv2D", common(options), trainable),
        multiplier_(options.depth_multiplier) {
    if (multiplier_ < 1) refuse(*this, "depth_multiplier must be at least 1, not ", multiplier_);
  }

 protected:
  Channels connect(std::int64_t in) const override {
    const auto [height, width] = options().kernel_size;
    return {.groups = in, .out = in * multiplier_, .kernel = {height, width, in, multiplier_}};
  }

 private:
  std::int64_t multiplier_;
};

}  // namespace

std::unique_ptr<Layer> make_depthwise_conv2d(const std::string& name, const DepthwiseConv2DOptions& options,
                                             bool trainable) {
  return std::make_unique<DepthwiseConv2D>(name, options, trainable);
}

}  // namespace ktrain
