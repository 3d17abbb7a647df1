#pragma once

#include <cstdint>
#include <memory>

#include "ops/window.h"

namespace ktrain {

/// A convolution (cross-correlation) of float32 images over one to three axes, channels last:
/// x (rows, D, H, W, in_channels), kernel (kd, kh, kw, in_channels / groups, out_channels), bias
/// (out_channels), y (rows, D', H', W', out_channels). A depthwise kernel (…, in, multiplier) is the case
/// groups = in, out_channels = in·multiplier, the same numbers in the same order. A transposed convolution of
/// y with the kernel (…, in_channels, out_channels) is this one's backward_data.
struct ConvolutionShape {
  std::int64_t rows = 0;
  Window window;
  std::int64_t in_channels = 0;
  std::int64_t out_channels = 0;
  std::int64_t groups = 1;
  bool bias = true;
};

/// The copies of one layer's kernel in the library's own layouts, shared by all its Convolutions. They are
/// refreshed when a caller comes with another weights version.
class PackedKernels;
std::shared_ptr<PackedKernels> make_packed_kernels();

/// Convolutions of one shape, always by the direct algorithm. Primitives are made on their first use and live
/// for the number of threads of that moment; later calls allocate nothing here. `bias` is null where the
/// shape has none.
class Convolution {
 public:
  Convolution(const ConvolutionShape& shape, bool training, std::shared_ptr<PackedKernels> packed);
  ~Convolution();

  void forward(const float* x, const float* kernel, std::uint64_t weights_version, const float* bias,
               float* y);
  void backward_data(const float* dy, const float* kernel, std::uint64_t weights_version, float* dx);
  /// Overwrites the gradients of kernel and bias, in the kernel's layout.
  void backward_weights(const float* x, const float* dy, float* kernel_gradient, float* bias_gradient);

 private:
  struct Primitives;
  std::unique_ptr<Primitives> primitives_;
};

}  // namespace ktrain
