#include "ops/image_filter.h"

#include <algorithm>
#include <cmath>

namespace ktrain {
namespace {

void make_weights(const BlurAxis& axis, float* weights) {
  const auto weight = [&](std::int64_t i) {
    const std::int64_t from_middle = i - axis.count / 2;
    const double place = static_cast<double>(from_middle) / axis.sigma;
    return std::exp(-0.5 * place * place);
  };
  double sum = 0;
  for (std::int64_t i = 0; i < axis.count; ++i) sum += weight(i);
  for (std::int64_t i = 0; i < axis.count; ++i) weights[i] = static_cast<float>(weight(i) / sum);
}

}  // namespace

void add_moved(const ImageSize& size, const float* x, std::int64_t rows, std::int64_t columns, float weight,
               float* y) {
  const std::int64_t top = std::max<std::int64_t>(-rows, 0),
                     bottom = std::min(size.height - rows, size.height);
  const std::int64_t left = std::max<std::int64_t>(-columns, 0),
                     right = std::min(size.width - columns, size.width);
  for (std::int64_t row = top; row < bottom; ++row) {
    const float* from = x + (row + rows) * size.row() + columns * size.channels;
    float* to = y + row * size.row();
    for (std::int64_t i = left * size.channels; i < right * size.channels; ++i) to[i] += weight * from[i];
  }
}

void gaussian_blur(const ImageSize& size, const BlurAxis& width, const BlurAxis& height, const float* x,
                   float* y, float* scratch) {
  float* weights = scratch + size.elements();
  std::fill_n(scratch, size.elements(), 0.0F);
  std::fill_n(y, size.elements(), 0.0F);
  make_weights(width, weights);
  for (std::int64_t i = 0; i < width.count; ++i) {
    add_moved(size, x, 0, i - width.count / 2, weights[i], scratch);
  }
  make_weights(height, weights);
  for (std::int64_t i = 0; i < height.count; ++i) {
    add_moved(size, scratch, i - height.count / 2, 0, weights[i], y);
  }
}

}  // namespace ktrain
