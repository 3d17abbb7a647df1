#include "ops/affine.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace ktrain {
namespace {

std::int64_t modulo(std::int64_t a, std::int64_t b) {
  const std::int64_t rest = a % b;
  return rest < 0 ? rest + b : rest;
}

/// The pixel that stands at `index`, maybe beyond an axis of `size` pixels; -1 for the fill value.
std::int64_t inside(std::int64_t index, std::int64_t size, FillMode mode) {
  if (0 <= index && index < size) return index;
  switch (mode) {
    case FillMode::kConstant:
      return -1;
    case FillMode::kNearest:
      return std::clamp<std::int64_t>(index, 0, size - 1);
    case FillMode::kWrap:
      return modulo(index, size);
    case FillMode::kMirror: {
      const std::int64_t place = modulo(index, std::max<std::int64_t>(2 * size - 2, 1));
      return place < size ? place : 2 * size - 2 - place;
    }
    case FillMode::kReflect:
      break;
  }
  const std::int64_t place = modulo(index, 2 * size);
  return place < size ? place : 2 * size - 1 - place;
}

/// Where an axis is read for a real coordinate, and how much of each.
struct Taps {
  std::array<std::int64_t, 2> index;
  std::array<float, 2> weight;
  int count;
};

// Far beyond any image every pixel is alike; no index holds what is farther, or not a number.
double bounded(double coordinate) {
  constexpr double kLimit = 1 << 30;
  return coordinate > -kLimit ? std::min(coordinate, kLimit) : -kLimit;
}

Taps taps_at(double coordinate, std::int64_t size, const Sampling& sampling) {
  const double place = bounded(coordinate);
  if (sampling.interpolation == Interpolation::kNearest) {
    return {{inside(std::llround(place), size, sampling.fill_mode), 0}, {1, 0}, 1};
  }
  const double lower = std::floor(place);
  const auto index = static_cast<std::int64_t>(lower);
  const auto upper_weight = static_cast<float>(place - lower);
  return {{inside(index, size, sampling.fill_mode), inside(index + 1, size, sampling.fill_mode)},
          {1 - upper_weight, upper_weight},
          2};
}

/// Calls body(element of the pixel's first channel, or -1 for the fill value; weight) for each neighbour.
template <typename Body>
void for_each_neighbour(const ImageSize& size, const Sampling& sampling, double row, double column,
                        const Body& body) {
  const Taps rows = taps_at(row, size.height, sampling);
  const Taps columns = taps_at(column, size.width, sampling);
  for (int r = 0; r < rows.count; ++r) {
    for (int c = 0; c < columns.count; ++c) {
      const bool filled = rows.index[r] < 0 || columns.index[c] < 0;
      body(filled ? -1 : rows.index[r] * size.row() + columns.index[c] * size.channels,
           rows.weight[r] * columns.weight[c]);
    }
  }
}

/// Calls body(row, column) with the place of the input that each output pixel, in order, is read at.
template <typename Body>
void for_each_place(const ImageSize& size, const AffineMap& map, const Body& body) {
  for (std::int64_t row = 0; row < size.height; ++row) {
    for (std::int64_t column = 0; column < size.width; ++column) {
      const auto x = static_cast<double>(column), y = static_cast<double>(row);
      body(map.b0 * x + map.b1 * y + map.b2, map.a0 * x + map.a1 * y + map.a2);
    }
  }
}

}  // namespace

void sample_pixel(const ImageSize& size, const Sampling& sampling, const float* image, double row,
                  double column, float* y) {
  std::fill_n(y, size.channels, 0.0F);
  for_each_neighbour(size, sampling, row, column, [&](std::int64_t pixel, float weight) {
    for (std::int64_t c = 0; c < size.channels; ++c) {
      y[c] += weight * (pixel < 0 ? sampling.fill_value : image[pixel + c]);
    }
  });
}

void add_pixel_gradient(const ImageSize& size, const Sampling& sampling, float* gradient, double row,
                        double column, const float* dy) {
  for_each_neighbour(size, sampling, row, column, [&](std::int64_t pixel, float weight) {
    if (pixel < 0) return;
    for (std::int64_t c = 0; c < size.channels; ++c) gradient[pixel + c] += weight * dy[c];
  });
}

void affine_forward(const ImageSize& size, const AffineMap& map, const Sampling& sampling, const float* x,
                    float* y) {
  for_each_place(size, map, [&](double row, double column) {
    sample_pixel(size, sampling, x, row, column, y);
    y += size.channels;
  });
}

void affine_backward(const ImageSize& size, const AffineMap& map, const Sampling& sampling, const float* dy,
                     float* dx) {
  std::fill_n(dx, size.elements(), 0.0F);
  for_each_place(size, map, [&](double row, double column) {
    add_pixel_gradient(size, sampling, dx, row, column, dy);
    dy += size.channels;
  });
}

}  // namespace ktrain
