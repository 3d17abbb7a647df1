#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "ktrain/tensor/tensor.h"

namespace ktrain::testing {

/// Keras's convolution written as plain loops in float64: y[n, i, j, f] = bias[f] + sum over the kernel of
/// x[n, i·s − pad + k·d, …] · kernel[k, l, c, f], where filter f sees the channels of its group.
struct ReferenceConvolution {
  std::int64_t rows, height, width, in;
  std::int64_t kernel_height, kernel_width, filters;
  std::int64_t stride, dilation, groups;
  bool same;

  std::int64_t out_height() const { return output(height, kernel_height); }
  std::int64_t out_width() const { return output(width, kernel_width); }

  std::vector<double> forward(std::span<const float> x, std::span<const float> kernel,
                              std::span<const float> bias) const;
  struct Gradients {
    std::vector<double> x, kernel, bias;
  };
  Gradients backward(std::span<const float> x, std::span<const float> kernel,
                     std::span<const float> dy) const;

 private:
  std::int64_t output(std::int64_t n, std::int64_t k) const;
  std::int64_t before(std::int64_t n, std::int64_t k) const;
  /// Calls visit(x index, kernel index, y index) for each product.
  template <typename Visit>
  void for_each_product(const Visit& visit) const;
};

}  // namespace ktrain::testing
