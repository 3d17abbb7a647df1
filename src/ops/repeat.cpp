#include "ops/repeat.h"

#include <algorithm>

#include "core/parallel.h"
#include "core/simd.h"

namespace ktrain {
namespace {

/// Elements of y for which a second thread pays.
constexpr std::int64_t kGrain = 1 << 14;

/// A line of y from a line of x.
void widen(const RepeatAxis& width, std::int64_t channels, const float* x, float* y) {
  for (std::int64_t w = 0; w < width.input; ++w) {
    for (std::int64_t n = 0; n < width.times; ++n, y += channels) {
      std::copy_n(x + w * channels, channels, y);
    }
  }
}

/// Adds a line of dy to a line of dx.
KTRAIN_SIMD void add_narrowed(const RepeatAxis& width, std::int64_t channels, const float* dy, float* dx) {
  for (std::int64_t w = 0; w < width.input; ++w) {
    float* sum = dx + w * channels;
    for (std::int64_t n = 0; n < width.times; ++n, dy += channels) {
#pragma omp simd
      for (std::int64_t c = 0; c < channels; ++c) sum[c] += dy[c];
    }
  }
}

/// Calls visit(line of x, first line of y) for each line of x, on all threads; the lines of y that it stands
/// in are those, `times` of the height one after the other, and so `times` of the depth, a slice apart.
template <typename Visit>
void for_each_line(const RepeatShape& s, const Visit& visit) {
  const auto& depth = s.axes[0];
  const auto& height = s.axes[1];
  const auto& width = s.axes[2];
  const std::int64_t lines = s.rows * depth.input * height.input;
  const std::int64_t elements = depth.times * height.times * width.output() * s.channels;
  parallel_for(lines, kGrain / std::max<std::int64_t>(elements, 1),
               [&](std::int64_t begin, std::int64_t end) {
                 for (std::int64_t line = begin; line < end; ++line) {
                   const std::int64_t slice = line / height.input * depth.times;
                   visit(line, slice * height.output() + line % height.input * height.times);
                 }
               });
}

}  // namespace

void repeat_forward(const RepeatShape& s, const float* x, float* y) {
  const auto& depth = s.axes[0];
  const auto& height = s.axes[1];
  const auto& width = s.axes[2];
  const std::int64_t input_line = width.input * s.channels;
  const std::int64_t line = width.output() * s.channels;
  for_each_line(s, [&](std::int64_t from, std::int64_t to) {
    const float* first = y + to * line;
    widen(width, s.channels, x + from * input_line, y + to * line);
    for (std::int64_t d = 0; d < depth.times; ++d) {
      for (std::int64_t h = d == 0 ? 1 : 0; h < height.times; ++h) {
        std::copy_n(first, line, y + (to + d * height.output() + h) * line);
      }
    }
  });
}

void repeat_backward(const RepeatShape& s, const float* dy, float* dx) {
  const auto& depth = s.axes[0];
  const auto& height = s.axes[1];
  const auto& width = s.axes[2];
  const std::int64_t input_line = width.input * s.channels;
  const std::int64_t line = width.output() * s.channels;
  for_each_line(s, [&](std::int64_t to, std::int64_t from) {
    float* sums = dx + to * input_line;
    std::fill_n(sums, input_line, 0.0F);
    for (std::int64_t d = 0; d < depth.times; ++d) {
      for (std::int64_t h = 0; h < height.times; ++h) {
        add_narrowed(width, s.channels, dy + (from + d * height.output() + h) * line, sums);
      }
    }
  });
}

}  // namespace ktrain
