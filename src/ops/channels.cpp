#include "ops/channels.h"

#include <algorithm>

#include "core/parallel.h"
#include "core/simd.h"

namespace ktrain {
namespace {

constexpr std::int64_t kPieceElements = 1 << 15;
constexpr std::int64_t kMostPieces = 16;
constexpr std::int64_t kAffineGrain = 1 << 15;

// Adds lines of u and u v (the last may be shorter) to a line of sums each.
KTRAIN_SIMD void add_lines(const float* u, const float* v, std::int64_t elements, std::int64_t width,
                           double* sum_u, double* sum_uv) {
  for (std::int64_t begin = 0; begin < elements; begin += width) {
    const std::int64_t count = std::min(width, elements - begin);
#pragma omp simd
    for (std::int64_t i = 0; i < count; ++i) {
      const double a = u[begin + i];
      sum_u[i] += a;
      sum_uv[i] += a * static_cast<double>(v[begin + i]);
    }
  }
}

struct Lines {
  const float* shift;
  const float* scale;
  const float* offset;
  const float* gain;
};

template <typename T>
[[gnu::always_inline]] inline void affine(const Lines& c, std::int64_t width, const T* x, float* y,
                                          std::int64_t elements) {
  for (std::int64_t begin = 0; begin < elements; begin += width) {
    const std::int64_t count = std::min(width, elements - begin);
#pragma omp simd
    for (std::int64_t i = 0; i < count; ++i) {
      y[begin + i] = (static_cast<float>(x[begin + i]) - c.shift[i]) * c.scale[i] + c.offset[i];
    }
  }
}

KTRAIN_SIMD void affine_lines(const Lines c, std::int64_t width, const float* x, float* y,
                              std::int64_t elements) {
  affine(c, width, x, y, elements);
}

KTRAIN_SIMD void affine_lines(const Lines c, std::int64_t width, const std::uint8_t* x, float* y,
                              std::int64_t elements) {
  affine(c, width, x, y, elements);
}

KTRAIN_SIMD void affine_lines(const Lines c, std::int64_t width, const float* x, const float* z, float* y,
                              std::int64_t elements) {
  for (std::int64_t begin = 0; begin < elements; begin += width) {
    const std::int64_t count = std::min(width, elements - begin);
#pragma omp simd
    for (std::int64_t i = 0; i < count; ++i) {
      y[begin + i] = (x[begin + i] - c.shift[i]) * c.scale[i] + (z[begin + i] * c.gain[i] + c.offset[i]);
    }
  }
}

std::int64_t pieces_of(std::int64_t elements) {
  return std::clamp<std::int64_t>(elements / kPieceElements, 1, kMostPieces);
}

// body(begin, count) for ranges of elements that begin with a line, on all threads.
template <typename Body>
void for_line_ranges(std::int64_t elements, std::int64_t width, const Body& body) {
  const std::int64_t lines = (elements + width - 1) / width;
  parallel_for(lines, kAffineGrain / width, [&](std::int64_t begin, std::int64_t end) {
    body(begin * width, std::min(end * width, elements) - begin * width);
  });
}

}  // namespace

ChannelSums::ChannelSums(std::int64_t most_elements, std::int64_t channels)
    : lines_(channels), partial_(static_cast<std::size_t>(2 * pieces_of(most_elements) * lines_.width())) {}

double* ChannelSums::piece(std::int64_t index) {
  return partial_.data() + 2 * index * lines_.width();
}

void ChannelSums::compute(const float* u, const float* v, std::int64_t elements, std::span<double> sum_u,
                          std::span<double> sum_uv) {
  const std::int64_t width = lines_.width(), pieces = pieces_of(elements);
  const std::int64_t lines = (elements + width - 1) / width;
  parallel_for(pieces, 1, [&](std::int64_t first, std::int64_t last) {
    for (std::int64_t p = first; p < last; ++p) {
      const std::int64_t begin = lines * p / pieces * width;
      const std::int64_t end = std::min(lines * (p + 1) / pieces * width, elements);
      std::fill_n(piece(p), 2 * width, 0.0);
      add_lines(u + begin, v + begin, end - begin, width, piece(p), piece(p) + width);
    }
  });
  std::ranges::fill(sum_u, 0.0);
  std::ranges::fill(sum_uv, 0.0);
  for (std::int64_t p = 0; p < pieces; ++p) {
    for (std::int64_t i = 0; i < width; ++i) {
      const auto channel = static_cast<std::size_t>(i % lines_.channels());
      sum_u[channel] += piece(p)[i];
      sum_uv[channel] += piece(p)[width + i];
    }
  }
}

ChannelAffine::ChannelAffine(std::int64_t channels)
    : lines_(channels),
      shift_(static_cast<std::size_t>(lines_.width())),
      scale_(shift_),
      offset_(shift_),
      gain_(shift_) {}

void ChannelAffine::set(std::int64_t channel, const Coefficients& coefficients) {
  for (auto i = static_cast<std::size_t>(channel); i < shift_.size();
       i += static_cast<std::size_t>(lines_.channels())) {
    shift_[i] = coefficients.shift;
    scale_[i] = coefficients.scale;
    offset_[i] = coefficients.offset;
    gain_[i] = coefficients.gain;
  }
}

template <typename T>
void ChannelAffine::apply_to(const T* x, float* y, std::int64_t elements) const {
  const Lines c = {shift_.data(), scale_.data(), offset_.data(), gain_.data()};
  for_line_ranges(elements, lines_.width(), [&](std::int64_t begin, std::int64_t count) {
    affine_lines(c, lines_.width(), x + begin, y + begin, count);
  });
}

void ChannelAffine::apply(const float* x, float* y, std::int64_t elements) const {
  apply_to(x, y, elements);
}

void ChannelAffine::apply(const std::uint8_t* x, float* y, std::int64_t elements) const {
  apply_to(x, y, elements);
}

void ChannelAffine::apply(const float* x, const float* z, float* y, std::int64_t elements) const {
  const Lines c = {shift_.data(), scale_.data(), offset_.data(), gain_.data()};
  for_line_ranges(elements, lines_.width(), [&](std::int64_t begin, std::int64_t count) {
    affine_lines(c, lines_.width(), x + begin, z + begin, y + begin, count);
  });
}

}  // namespace ktrain
