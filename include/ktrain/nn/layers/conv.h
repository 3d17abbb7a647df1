#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "ktrain/nn/layer.h"
#include "ktrain/ops/activation.h"
#include "ktrain/ops/window.h"

namespace ktrain {

/// keras.layers.Conv1D, Conv2D and Conv3D, channels last: activation(correlation of x and kernel + bias),
/// (N, space…, in) -> (N, space'…, filters). Groups cut the channels and the filters into contiguous blocks.
template <std::size_t kAxes>
struct ConvOptions {
  std::int64_t filters = 0;
  Spatial<kAxes> kernel_size = each_axis<kAxes>(1);
  Spatial<kAxes> strides = each_axis<kAxes>(1);
  Padding padding = Padding::kValid;  ///< kCausal for Conv1D alone
  Spatial<kAxes> dilation_rate = each_axis<kAxes>(1);
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
using Conv1DOptions = ConvOptions<1>;
using Conv2DOptions = ConvOptions<2>;
using Conv3DOptions = ConvOptions<3>;

/// Variables: kernel (kernel_size…, in / groups, filters), bias (filters). Throws Error{kConfiguration} on a
/// number below 1, filters that groups do not divide, and strides > 1 together with dilation > 1, as Keras.
std::unique_ptr<Layer> make_conv1d(const std::string& name, const Conv1DOptions& options,
                                   bool trainable = true);
std::unique_ptr<Layer> make_conv2d(const std::string& name, const Conv2DOptions& options,
                                   bool trainable = true);
std::unique_ptr<Layer> make_conv3d(const std::string& name, const Conv3DOptions& options,
                                   bool trainable = true);

}  // namespace ktrain
