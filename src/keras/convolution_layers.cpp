#include "keras/registry.h"
#include "ktrain/nn/layers/conv2d.h"
#include "ktrain/nn/layers/depthwise_conv2d.h"

namespace ktrain {
namespace {

std::unique_ptr<Layer> read_conv2d(LayerConfig& config) {
  config.channels_last();
  config.only("lora_rank", {nullptr});
  config.only("quantization_config", {nullptr});
  Conv2DOptions options;
  options.filters = config.integer("filters");
  options.kernel_size = config.size("kernel_size", options.kernel_size);
  options.strides = config.size("strides", options.strides);
  options.padding = config.padding();
  options.dilation_rate = config.size("dilation_rate", options.dilation_rate);
  options.groups = config.integer("groups", 1);
  options.activation = config.activation("activation");
  options.use_bias = config.flag("use_bias", true);
  options.kernel_initializer = config.initializer("kernel_initializer");
  options.bias_initializer = config.initializer("bias_initializer");
  options.kernel_regularizer = config.regularizer("kernel_regularizer");
  options.kernel_constraint = config.constraint("kernel_constraint");
  options.bias_regularizer = config.regularizer("bias_regularizer");
  options.bias_constraint = config.constraint("bias_constraint");
  return make_conv2d(config.name(), options, config.trainable());
}

std::unique_ptr<Layer> read_depthwise_conv2d(LayerConfig& config) {
  config.channels_last();
  DepthwiseConv2DOptions options;
  options.kernel_size = config.size("kernel_size", options.kernel_size);
  options.strides = config.size("strides", options.strides);
  options.padding = config.padding();
  options.depth_multiplier = config.integer("depth_multiplier", 1);
  options.dilation_rate = config.size("dilation_rate", options.dilation_rate);
  options.activation = config.activation("activation");
  options.use_bias = config.flag("use_bias", true);
  options.depthwise_initializer = config.initializer("depthwise_initializer");
  options.bias_initializer = config.initializer("bias_initializer");
  options.depthwise_regularizer = config.regularizer("depthwise_regularizer");
  options.depthwise_constraint = config.constraint("depthwise_constraint");
  options.bias_regularizer = config.regularizer("bias_regularizer");
  options.bias_constraint = config.constraint("bias_constraint");
  return make_depthwise_conv2d(config.name(), options, config.trainable());
}

constexpr LayerClass kClasses[] = {{"Conv2D", read_conv2d}, {"DepthwiseConv2D", read_depthwise_conv2d}};

}  // namespace

std::span<const LayerClass> convolution_layers() {
  return kClasses;
}

}  // namespace ktrain
