#include "keras/registry.h"
#include "ktrain/nn/layers/conv.h"
#include "ktrain/nn/layers/conv_transpose.h"
#include "ktrain/nn/layers/depthwise_conv.h"
#include "ktrain/nn/layers/separable_conv.h"

namespace ktrain {
namespace {

/// What every kind of convolution has.
template <std::size_t kAxes, typename Options>
void read_common(LayerConfig& config, Options& options) {
  config.channels_last();
  options.kernel_size = config.sizes<kAxes>("kernel_size", options.kernel_size);
  options.strides = config.sizes<kAxes>("strides", options.strides);
  options.dilation_rate = config.sizes<kAxes>("dilation_rate", options.dilation_rate);
  options.activation = config.activation("activation");
  options.use_bias = config.flag("use_bias", true);
  options.bias_initializer = config.initializer("bias_initializer");
  options.bias_regularizer = config.regularizer("bias_regularizer");
  options.bias_constraint = config.constraint("bias_constraint");
}

template <typename Options>
void read_kernel(LayerConfig& config, Options& options) {
  options.kernel_initializer = config.initializer("kernel_initializer");
  options.kernel_regularizer = config.regularizer("kernel_regularizer");
  options.kernel_constraint = config.constraint("kernel_constraint");
}

template <typename Options>
void read_depthwise_kernel(LayerConfig& config, Options& options) {
  options.depth_multiplier = config.integer("depth_multiplier", 1);
  options.depthwise_initializer = config.initializer("depthwise_initializer");
  options.depthwise_regularizer = config.regularizer("depthwise_regularizer");
  options.depthwise_constraint = config.constraint("depthwise_constraint");
}

template <std::size_t kAxes, auto kMake>
std::unique_ptr<Layer> read_conv(LayerConfig& config) {
  config.only("lora_rank", {nullptr});
  config.only("quantization_config", {nullptr});
  ConvOptions<kAxes> options;
  read_common<kAxes>(config, options);
  read_kernel(config, options);
  options.filters = config.integer("filters");
  options.padding = config.padding(kAxes == 1);
  options.groups = config.integer("groups", 1);
  return kMake(config.name(), options, config.trainable());
}

template <std::size_t kAxes, auto kMake>
std::unique_ptr<Layer> read_conv_transpose(LayerConfig& config) {
  ConvTransposeOptions<kAxes> options;
  read_common<kAxes>(config, options);
  read_kernel(config, options);
  options.filters = config.integer("filters");
  options.padding = config.padding();
  options.output_padding = config.sizes<kAxes>("output_padding");
  return kMake(config.name(), options, config.trainable());
}

template <std::size_t kAxes, auto kMake>
std::unique_ptr<Layer> read_depthwise_conv(LayerConfig& config) {
  DepthwiseConvOptions<kAxes> options;
  read_common<kAxes>(config, options);
  read_depthwise_kernel(config, options);
  options.padding = config.padding();
  return kMake(config.name(), options, config.trainable());
}

template <std::size_t kAxes, auto kMake>
std::unique_ptr<Layer> read_separable_conv(LayerConfig& config) {
  SeparableConvOptions<kAxes> options;
  read_common<kAxes>(config, options);
  read_depthwise_kernel(config, options);
  options.filters = config.integer("filters");
  options.padding = config.padding();
  options.pointwise_initializer = config.initializer("pointwise_initializer");
  options.pointwise_regularizer = config.regularizer("pointwise_regularizer");
  options.pointwise_constraint = config.constraint("pointwise_constraint");
  return kMake(config.name(), options, config.trainable());
}

constexpr LayerClass kClasses[] = {
    {"Conv1D", read_conv<1, make_conv1d>, Masking::kDrops},
    {"Conv2D", read_conv<2, make_conv2d>, Masking::kDrops},
    {"Conv3D", read_conv<3, make_conv3d>, Masking::kDrops},
    {"Conv1DTranspose", read_conv_transpose<1, make_conv1d_transpose>, Masking::kDrops},
    {"Conv2DTranspose", read_conv_transpose<2, make_conv2d_transpose>, Masking::kDrops},
    {"Conv3DTranspose", read_conv_transpose<3, make_conv3d_transpose>, Masking::kDrops},
    {"DepthwiseConv1D", read_depthwise_conv<1, make_depthwise_conv1d>, Masking::kDrops},
    {"DepthwiseConv2D", read_depthwise_conv<2, make_depthwise_conv2d>, Masking::kDrops},
    {"SeparableConv1D", read_separable_conv<1, make_separable_conv1d>, Masking::kDrops},
    {"SeparableConv2D", read_separable_conv<2, make_separable_conv2d>, Masking::kDrops}};

}  // namespace

std::span<const LayerClass> convolution_layers() {
  return kClasses;
}

}  // namespace ktrain
