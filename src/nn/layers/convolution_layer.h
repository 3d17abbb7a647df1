#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "ktrain/nn/layer.h"
#include "ktrain/ops/activation.h"
#include "ops/convolution.h"

namespace ktrain {

/// What the convolution layers have in common, whatever their axes: a window that slides over the samples, a
/// bias and an activation at the end.
class ConvolutionLayer : public Layer {
 public:
  /// Each list has a number for each spatial axis.
  struct Options {
    std::vector<std::int64_t> kernel_size;
    std::vector<std::int64_t> strides;
    Padding padding;
    std::vector<std::int64_t> dilation_rate;
    Activation activation = {};
    bool use_bias;
    std::shared_ptr<const Initializer> bias_initializer = {};
    Regularizer bias_regularizer = {};
    Constraint bias_constraint = {};
  };

  ConvolutionLayer(const std::string& name, const std::string& class_name, Options options, bool trainable);

  std::vector<Shape> build(std::span<const Shape> inputs) final;

  const Options& options() const { return options_; }

 protected:
  /// The kernels for so many input channels; throws when so many cannot be connected.
  virtual std::vector<ParameterSpec> kernels(std::int64_t in_channels) const = 0;
  virtual std::int64_t out_channels(std::int64_t in_channels) const = 0;
  /// The sizes of the output's axes, depth, height and width; below 1 where the window does not fit.
  virtual std::array<std::int64_t, 3> output_sizes(const Shape& input) const;

  /// How the window slides over samples of this shape.
  Window window(const Shape& input) const;
  /// Keras's shape of a kernel.
  Shape kernel_shape(std::int64_t in, std::int64_t out) const;
  /// What goes into the activation: (rows, space…, out_channels).
  Shape linear_shape(std::int64_t rows, const Shape& input) const;
  /// Refuses what Keras's Conv and ConvTranspose refuse and its depthwise convolutions do not.
  void refuse_dilated_strides() const;

 private:
  Options options_;
};

/// The Options that every kind of convolution's own options hold.
template <typename KindOptions>
ConvolutionLayer::Options common_options(const KindOptions& o) {
  return {.kernel_size = {o.kernel_size.begin(), o.kernel_size.end()},
          .strides = {o.strides.begin(), o.strides.end()},
          .padding = o.padding,
          .dilation_rate = {o.dilation_rate.begin(), o.dilation_rate.end()},
          .activation = o.activation,
          .use_bias = o.use_bias,
          .bias_initializer = o.bias_initializer,
          .bias_regularizer = o.bias_regularizer,
          .bias_constraint = o.bias_constraint};
}

}  // namespace ktrain
