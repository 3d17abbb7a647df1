#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "ktrain/nn/layer.h"
#include "ktrain/ops/activation.h"
#include "ktrain/ops/window.h"

namespace ktrain {

/// keras.layers.SeparableConv1D and SeparableConv2D, channels last: the depthwise convolution (see
/// depthwise_conv.h) without bias, then a convolution of one position: activation(that·pointwise + bias),
/// (N, space…, in) -> (N, space'…, filters).
template <std::size_t kAxes>
struct SeparableConvOptions {
  std::int64_t filters = 0;
  Spatial<kAxes> kernel_size = each_axis<kAxes>(1);
  Spatial<kAxes> strides = each_axis<kAxes>(1);
  Padding padding = Padding::kValid;
  Spatial<kAxes> dilation_rate = each_axis<kAxes>(1);
  std::int64_t depth_multiplier = 1;
  Activation activation = {};
  bool use_bias = true;
  std::shared_ptr<const Initializer> depthwise_initializer = {};  ///< null: GlorotUniform
  std::shared_ptr<const Initializer> pointwise_initializer = {};  ///< null: GlorotUniform
  std::shared_ptr<const Initializer> bias_initializer = {};       ///< null: Zeros
  Regularizer depthwise_regularizer = {};
  Regularizer pointwise_regularizer = {};
  Regularizer bias_regularizer = {};
  Constraint depthwise_constraint = {};
  Constraint pointwise_constraint = {};
  Constraint bias_constraint = {};
};
using SeparableConv1DOptions = SeparableConvOptions<1>;
using SeparableConv2DOptions = SeparableConvOptions<2>;

/// Variables: depthwise_kernel (kernel_size…, in, depth_multiplier), pointwise_kernel (1…,
/// in·depth_multiplier, filters), bias (filters). Throws Error{kConfiguration} on a number below 1.
std::unique_ptr<Layer> make_separable_conv1d(const std::string& name, const SeparableConv1DOptions& options,
                                             bool trainable = true);
std::unique_ptr<Layer> make_separable_conv2d(const std::string& name, const SeparableConv2DOptions& options,
                                             bool trainable = true);

}  // namespace ktrain
