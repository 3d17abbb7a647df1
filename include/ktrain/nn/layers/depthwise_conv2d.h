#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "ktrain/nn/layer.h"
#include "ktrain/ops/activation.h"
#include "ktrain/ops/window.h"

namespace ktrain {

/// keras.layers.DepthwiseConv2D, channels last: each input channel c is correlated with its own
/// depth_multiplier filters m into output channel c·depth_multiplier + m; (N, H, W, in) ->
/// (N, H', W', in·depth_multiplier).
struct DepthwiseConv2DOptions {
  HeightWidth kernel_size{1, 1};
  HeightWidth strides{1, 1};
  Padding padding = Padding::kValid;
  std::int64_t depth_multiplier = 1;
  HeightWidth dilation_rate{1, 1};
  Activation activation = {};
  bool use_bias = true;
  std::shared_ptr<const Initializer> depthwise_initializer = {};  ///< null: GlorotUniform
  std::shared_ptr<const Initializer> bias_initializer = {};       ///< null: Zeros
  Regularizer depthwise_regularizer = {};
  Regularizer bias_regularizer = {};
  Constraint depthwise_constraint = {};
  Constraint bias_constraint = {};
};

/// Variables: kernel (kh, kw, in, depth_multiplier), bias (in·depth_multiplier). Throws Error{kConfiguration}
/// on a number below 1 and on strides > 1 together with dilation > 1, as Keras.
std::unique_ptr<Layer> make_depthwise_conv2d(const std::string& name, const DepthwiseConv2DOptions& options,
                                             bool trainable = true);

}  // namespace ktrain
