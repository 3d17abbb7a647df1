#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "ktrain/nn/layer.h"
#include "ktrain/ops/activation.h"
#include "ktrain/ops/window.h"

namespace ktrain {

/// keras.layers.Conv1DTranspose, Conv2DTranspose and Conv3DTranspose, channels last: input i adds x[i]·K[k]
/// to output i·stride + k·dilation − crop, then bias and activation; (N, space…, in) -> (N, space'…,
/// filters). With ke = (k − 1)·dilation + 1 and n inputs of an axis,
///   valid: n' = (n − 1)·stride + max(ke, stride), with output_padding p (n − 1)·stride + ke + p; crop 0;
///   same:  n' = n·stride, with output_padding p (n − 1)·stride + ke mod 2 + p;
///          crop = ke − 1 − min(ceil(t / 2), ke − 1), t = stride + ke − 2, with p t = ke + ke mod 2 − 2 + p.
template <std::size_t kAxes>
struct ConvTransposeOptions {
  std::int64_t filters = 0;
  Spatial<kAxes> kernel_size = each_axis<kAxes>(1);
  Spatial<kAxes> strides = each_axis<kAxes>(1);
  Padding padding = Padding::kValid;
  std::optional<Spatial<kAxes>> output_padding = {};
  Spatial<kAxes> dilation_rate = each_axis<kAxes>(1);
  Activation activation = {};
  bool use_bias = true;
  std::shared_ptr<const Initializer> kernel_initializer = {};  ///< null: GlorotUniform
  std::shared_ptr<const Initializer> bias_initializer = {};    ///< null: Zeros
  Regularizer kernel_regularizer = {};
  Regularizer bias_regularizer = {};
  Constraint kernel_constraint = {};
  Constraint bias_constraint = {};
};
using Conv1DTransposeOptions = ConvTransposeOptions<1>;
using Conv2DTransposeOptions = ConvTransposeOptions<2>;
using Conv3DTransposeOptions = ConvTransposeOptions<3>;

/// Variables: kernel (kernel_size…, filters, in), bias (filters). Throws Error{kConfiguration} on a number
/// below 1, an output_padding that is negative or not less than the stride, and strides > 1 together with
/// dilation > 1, as Keras.
std::unique_ptr<Layer> make_conv1d_transpose(const std::string& name, const Conv1DTransposeOptions& options,
                                             bool trainable = true);
std::unique_ptr<Layer> make_conv2d_transpose(const std::string& name, const Conv2DTransposeOptions& options,
                                             bool trainable = true);
std::unique_ptr<Layer> make_conv3d_transpose(const std::string& name, const Conv3DTransposeOptions& options,
                                             bool trainable = true);

}  // namespace ktrain
