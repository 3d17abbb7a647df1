#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "ktrain/nn/layer.h"
#include "ktrain/ops/activation.h"
#include "ktrain/ops/window.h"

namespace ktrain {

/// keras.layers.Conv2D, channels last: activation(correlation of x and kernel + bias),
/// (N, H, W, in) -> (N, H', W', filters). Groups cut the channels and the filters into contiguous blocks.
struct Conv2DOptions {
  std::int64_t filters = 0;
  HeightWidth kernel_size{1, 1};
  HeightWidth strides{1, 1};
  Padding padding = Padding::kValid;
  HeightWidth dilation_rate{1, 1};
  std::int64_t groups = 1;
  Activation activation = {};
  bool use_bias = true;
  std::shared_ptr<const Initializer> kernel_initializer = {};  ///< null: GlorotUniform
  std::shared_ptr<const Initializer> bias_initializer = {};    ///< null: Zeros
  Regularizer kernel_regularizer = {};
  Regularizer bias_regularizer = {};
  Constraint kernel_constraint = {};
  Constraint bias_constraint = {};
};

/// Variables: kernel (kh, kw, in / groups, filters), bias (filters). Throws Error{kConfiguration} on a number
/// below 1, filters that groups do not divide, and strides > 1 together with dilation > 1, as Keras.
std::unique_ptr<Layer> make_conv2d(const std::string& name, const Conv2DOptions& options,
                                   bool trainable = true);

}  // namespace ktrain
