#pragma once

#include <cstddef>
#include <span>
#include <utility>
#include <vector>

namespace ktrain::testing {

/// A function that is linear in x and in its kernel, written out: y[product.y] += x[product.x] ·
/// kernel[product.kernel] for each product.
struct Product {
  std::size_t x;
  std::size_t kernel;
  std::size_t y;
};
using Products = std::vector<Product>;

/// One axis of a convolution by Keras's formulas: (input, kernel, output) index triples that meet.
struct ReferenceAxis {
  std::size_t input;
  std::size_t output;
  std::size_t kernel;
  std::vector<Product> meetings;  ///< x: input, kernel: position in the kernel, y: output
};

/// A convolution along `n` inputs; `before` is the padding in front.
inline ReferenceAxis correlate(int n, int k, int stride, int dilation, int before, int output) {
  ReferenceAxis axis{
      static_cast<std::size_t>(n), static_cast<std::size_t>(output), static_cast<std::size_t>(k), {}};
  for (int o = 0; o < output; ++o) {
    for (int j = 0; j < k; ++j) {
      const int i = o * stride - before + j * dilation;
      if (i < 0 || i >= n) continue;
      axis.meetings.push_back(
          {static_cast<std::size_t>(i), static_cast<std::size_t>(j), static_cast<std::size_t>(o)});
    }
  }
  return axis;
}

/// A transposed one: input i meets output i·stride + j·dilation − crop.
inline ReferenceAxis scatter(int n, int k, int stride, int dilation, int crop, int output) {
  ReferenceAxis axis{
      static_cast<std::size_t>(n), static_cast<std::size_t>(output), static_cast<std::size_t>(k), {}};
  for (int i = 0; i < n; ++i) {
    for (int j = 0; j < k; ++j) {
      const int o = i * stride + j * dilation - crop;
      if (o < 0 || o >= output) continue;
      axis.meetings.push_back(
          {static_cast<std::size_t>(i), static_cast<std::size_t>(j), static_cast<std::size_t>(o)});
    }
  }
  return axis;
}

/// How channels meet: x: input channel, kernel: position in the kernel's last two axes, y: output channel.
struct ReferenceChannels {
  std::size_t in;
  std::size_t out;
  std::size_t kernel;
  std::vector<Product> meetings;
};

/// kernel (…, in / groups, out); groups are contiguous.
inline ReferenceChannels grouped(std::size_t in, std::size_t out, std::size_t groups) {
  ReferenceChannels channels{in, out, in / groups * out, {}};
  for (std::size_t f = 0; f < out; ++f) {
    for (std::size_t c = 0; c < in / groups; ++c) {
      channels.meetings.push_back({f / (out / groups) * (in / groups) + c, c * out + f, f});
    }
  }
  return channels;
}

/// kernel (…, out, in)
inline ReferenceChannels transposed(std::size_t in, std::size_t out) {
  ReferenceChannels channels{in, out, in * out, {}};
  for (std::size_t f = 0; f < out; ++f) {
    for (std::size_t c = 0; c < in; ++c) channels.meetings.push_back({c, f * in + c, f});
  }
  return channels;
}

/// All products of `rows` samples, channels last.
inline Products products(std::size_t rows, const std::vector<ReferenceAxis>& axes,
                         const ReferenceChannels& channels) {
  Products all;
  for (std::size_t row = 0; row < rows; ++row) all.push_back({row, 0, row});
  const auto refine = [&](const std::vector<Product>& meetings, std::size_t x, std::size_t kernel,
                          std::size_t y) {
    Products finer;
    finer.reserve(all.size() * meetings.size());
    for (const Product& outer : all) {
      for (const Product& inner : meetings) {
        finer.push_back({outer.x * x + inner.x, outer.kernel * kernel + inner.kernel, outer.y * y + inner.y});
      }
    }
    all = std::move(finer);
  };
  for (const ReferenceAxis& axis : axes) refine(axis.meetings, axis.input, axis.kernel, axis.output);
  refine(channels.meetings, channels.in, channels.kernel, channels.out);
  return all;
}

/// The three ways to use them: y, dx and d kernel, each of `size` elements.
template <typename A, typename B>
std::vector<double> sum(const Products& all, std::size_t Product::*to, std::size_t size,
                        std::size_t Product::*a, const A& as, std::size_t Product::*b, const B& bs) {
  std::vector<double> sums(size);
  for (const Product& product : all) {
    sums[product.*to] += static_cast<double>(as[product.*a]) * static_cast<double>(bs[product.*b]);
  }
  return sums;
}

}  // namespace ktrain::testing
