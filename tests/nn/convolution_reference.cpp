#include "nn/convolution_reference.h"

#include <algorithm>

namespace ktrain::testing {

std::int64_t ReferenceConvolution::output(std::int64_t n, std::int64_t k) const {
  const std::int64_t extent = (k - 1) * dilation + 1;
  return same ? (n + stride - 1) / stride : (n - extent) / stride + 1;
}

std::int64_t ReferenceConvolution::before(std::int64_t n, std::int64_t k) const {
  if (!same) return 0;
  const std::int64_t extent = (k - 1) * dilation + 1;
  return std::max<std::int64_t>((output(n, k) - 1) * stride + extent - n, 0) / 2;
}

template <typename Visit>
void ReferenceConvolution::for_each_product(const Visit& visit) const {
  const std::int64_t top = before(height, kernel_height);
  const std::int64_t left = before(width, kernel_width);
  const std::int64_t group_in = in / groups;
  const std::int64_t group_filters = filters / groups;
  for (std::int64_t y = 0; y < rows * out_height() * out_width() * filters; ++y) {
    const std::int64_t f = y % filters;
    const std::int64_t j = y / filters % out_width();
    const std::int64_t i = y / filters / out_width() % out_height();
    const std::int64_t n = y / filters / out_width() / out_height();
    for (std::int64_t t = 0; t < kernel_height * kernel_width * group_in; ++t) {
      const std::int64_t c = t % group_in;
      const std::int64_t h = i * stride - top + t / group_in / kernel_width * dilation;
      const std::int64_t w = j * stride - left + t / group_in % kernel_width * dilation;
      if (h < 0 || h >= height || w < 0 || w >= width) continue;
      const std::int64_t channel = f / group_filters * group_in + c;
      visit(((n * height + h) * width + w) * in + channel, t * filters + f, y);
    }
  }
}

std::vector<double> ReferenceConvolution::forward(std::span<const float> x, std::span<const float> kernel,
                                                  std::span<const float> bias) const {
  std::vector<double> y(static_cast<std::size_t>(rows * out_height() * out_width() * filters));
  for (std::size_t i = 0; i < y.size() && !bias.empty(); ++i) y[i] = bias[i % bias.size()];
  for_each_product([&](std::int64_t xi, std::int64_t ki, std::int64_t yi) {
    y[static_cast<std::size_t>(yi)] +=
        static_cast<double>(x[static_cast<std::size_t>(xi)]) * kernel[static_cast<std::size_t>(ki)];
  });
  return y;
}

ReferenceConvolution::Gradients ReferenceConvolution::backward(std::span<const float> x,
                                                               std::span<const float> kernel,
                                                               std::span<const float> dy) const {
  Gradients g{.x = std::vector<double>(x.size()),
              .kernel = std::vector<double>(kernel.size()),
              .bias = std::vector<double>(static_cast<std::size_t>(filters))};
  for_each_product([&](std::int64_t xi, std::int64_t ki, std::int64_t yi) {
    const double gradient = dy[static_cast<std::size_t>(yi)];
    g.x[static_cast<std::size_t>(xi)] += gradient * kernel[static_cast<std::size_t>(ki)];
    g.kernel[static_cast<std::size_t>(ki)] += gradient * x[static_cast<std::size_t>(xi)];
  });
  for (std::size_t i = 0; i < dy.size(); ++i) g.bias[i % g.bias.size()] += dy[i];
  return g;
}

}  // namespace ktrain::testing
