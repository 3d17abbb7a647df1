#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "ktrain/nn/layer.h"
#include "ktrain/ops/activation.h"
#include "ktrain/ops/window.h"

namespace ktrain {

/// keras.layers.DepthwiseConv1D and DepthwiseConv2D, channels last: each input channel c is correlated with
/// its own depth_multiplier filters m into output channel c·depth_multiplier + m; (N, space…, in) ->
/// (N, space'…, in·depth_multiplier).
template <std::size_t kAxes>
struct DepthwiseConvOptions {
  Spatial<kAxes> kernel_size = each_axis<kAxes>(1);
  Spatial<kAxes> strides = each_axis<kAxes>(1);
  Padding padding = Padding::kValid;
  std::int64_t depth_multiplier = 1;
  Spatial<kAxes> dilation_rate = each_axis<kAxes>(1);
  Activation activation = {};
  bool use_bias = true;
  std::shared_ptr<const Initializer> depthwise_initializer = {};  ///< null: GlorotUniform
  std::shared_ptr<const Initializer> bias_initializer = {};       ///< null: Zeros
  Regularizer depthwise_regularizer = {};
  Regularizer bias_regularizer = {};
  Constraint depthwise_constraint = {};
  Constraint bias_constraint = {};
};
using DepthwiseConv1DOptions = DepthwiseConvOptions<1>;
using DepthwiseConv2DOptions = DepthwiseConvOptions<2>;

/// Variables: kernel (kernel_size…, in, depth_multiplier), bias (in·depth_multiplier). Throws
/// Error{kConfiguration} on a number below 1.
std::unique_ptr<Layer> make_depthwise_conv1d(const std::string& name, const DepthwiseConv1DOptions& options,
                                             bool trainable = true);
std::unique_ptr<Layer> make_depthwise_conv2d(const std::string& name, const DepthwiseConv2DOptions& options,
                                             bool trainable = true);

}  // namespace ktrain
