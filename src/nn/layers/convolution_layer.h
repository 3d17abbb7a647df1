#pragma once

#include <memory>
#include <span>
#include <string>

#include "ktrain/nn/layer.h"
#include "ktrain/ops/activation.h"
#include "ops/convolution.h"

namespace ktrain {

/// What Conv2D and DepthwiseConv2D have in common: everything but how channels are connected.
class ConvolutionLayer : public Layer {
 public:
  struct Options {
    HeightWidth kernel_size;
    HeightWidth strides;
    Padding padding;
    HeightWidth dilation_rate;
    Activation activation = {};
    bool use_bias;
    std::shared_ptr<const Initializer> kernel_initializer = {};
    std::shared_ptr<const Initializer> bias_initializer = {};
    Regularizer kernel_regularizer = {};
    Regularizer bias_regularizer = {};
    Constraint kernel_constraint = {};
    Constraint bias_constraint = {};
  };

  ConvolutionLayer(const std::string& name, const std::string& class_name, Options options, bool trainable);

  std::vector<Shape> build(std::span<const Shape> inputs) override;
  std::unique_ptr<LayerKernel> prepare(std::int64_t rows, std::span<const Shape> inputs, bool training,
                                       std::uint32_t call) override;

  const Options& options() const { return options_; }
  const std::shared_ptr<PackedKernels>& packed_kernels() const { return packed_kernels_; }

 protected:
  struct Channels {
    std::int64_t groups;
    std::int64_t out;
    Shape kernel;  ///< Keras's shape of the kernel
  };
  /// Throws when so many input channels cannot be connected.
  virtual Channels connect(std::int64_t in_channels) const = 0;

 private:
  ConvolutionShape shape(std::int64_t rows, const Shape& input) const;

  Options options_;
  std::shared_ptr<PackedKernels> packed_kernels_ = make_packed_kernels();
};

}  // namespace ktrain
