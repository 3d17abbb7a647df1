#include "ops/pooling.h"

#include <algorithm>

#include "core/parallel.h"
#include "core/simd.h"

namespace ktrain {
namespace {

/// Channels that a window is worked on at a time: short enough for the cache's first level.
constexpr std::int64_t kBlock = 64;

/// Inputs [begin, end) that output `o` of an axis looks at.
struct Span {
  std::int64_t begin;
  std::int64_t end;
  std::int64_t size() const { return end - begin; }
};
inline Span inputs_of(const WindowAxis& axis, std::int64_t o) {
  const std::int64_t first = o * axis.stride - axis.before;
  return {std::max<std::int64_t>(first, 0), std::min(first + axis.kernel, axis.input)};
}

/// True when each input lies in exactly one window.
bool tiles(const WindowAxis& axis) {
  return axis.stride == axis.kernel && axis.before == 0 && axis.output * axis.stride == axis.input;
}

/// Calls visit(h, w, output) for the windows of one image: the inputs they cover, and the number of their
/// output.
template <typename Visit>
inline void for_each_window(const Window2D& window, const Visit& visit) {
  for (std::int64_t i = 0; i < window[0].output; ++i) {
    for (std::int64_t j = 0; j < window[1].output; ++j) {
      visit(inputs_of(window[0], i), inputs_of(window[1], j), i * window[1].output + j);
    }
  }
}

/// Calls visit(input) for the inputs of a window, row by row.
template <typename Visit>
inline void for_each_input(const Window2D& window, Span h, Span w, const Visit& visit) {
  for (std::int64_t i = h.begin; i < h.end; ++i) {
    for (std::int64_t j = w.begin; j < w.end; ++j) visit(i * window[1].input + j);
  }
}

[[gnu::flatten]] KTRAIN_SIMD void max_forward(const Window2D& window, std::int64_t channels, const float* x,
                                              float* y) {
  for_each_window(window, [&](Span h, Span w, std::int64_t output) {
    float* largest = y + output * channels;
    std::copy_n(x + (h.begin * window[1].input + w.begin) * channels, channels, largest);
    for_each_input(window, h, w, [&](std::int64_t input) {
      const float* value = x + input * channels;
#pragma omp simd
      for (std::int64_t c = 0; c < channels; ++c) {
        const bool keep = largest[c] != largest[c] || value[c] <= largest[c];
        largest[c] = keep ? largest[c] : value[c];
      }
    });
  });
}

template <bool kTiles>
[[gnu::flatten]] KTRAIN_SIMD void max_backward(const Window2D& window, std::int64_t channels, const float* x,
                                               const float* y, const float* dy, float* dx) {
  for_each_window(window, [&](Span h, Span w, std::int64_t output) {
    for (std::int64_t block = 0; block < channels; block += kBlock) {
      const std::int64_t count = std::min(kBlock, channels - block);
      const float* largest = y + output * channels + block;
      float left[kBlock];  // what no input has taken yet
      std::copy_n(dy + output * channels + block, count, left);
      for_each_input(window, h, w, [&](std::int64_t input) {
        const float* value = x + input * channels + block;
        float* gradient = dx + input * channels + block;
#pragma omp simd
        for (std::int64_t c = 0; c < count; ++c) {
          const bool hit = value[c] == largest[c];
          const float taken = hit ? left[c] : 0.0F;
          left[c] = hit ? 0.0F : left[c];
          gradient[c] = kTiles ? taken : gradient[c] + taken;
        }
      });
    }
  });
}

[[gnu::flatten]] KTRAIN_SIMD void average_forward(const Window2D& window, std::int64_t channels,
                                                  const float* x, float* y) {
  for_each_window(window, [&](Span h, Span w, std::int64_t output) {
    float* mean = y + output * channels;
    std::fill_n(mean, channels, 0.0F);
    for_each_input(window, h, w, [&](std::int64_t input) {
      const float* value = x + input * channels;
#pragma omp simd
      for (std::int64_t c = 0; c < channels; ++c) mean[c] += value[c];
    });
    const auto count = static_cast<float>(h.size() * w.size());
    for (std::int64_t c = 0; c < channels; ++c) mean[c] /= count;
  });
}

[[gnu::flatten]] KTRAIN_SIMD void average_backward(const Window2D& window, std::int64_t channels,
                                                   const float* dy, float* dx) {
  for_each_window(window, [&](Span h, Span w, std::int64_t output) {
    const float* gradient = dy + output * channels;
    const auto count = static_cast<float>(h.size() * w.size());
    for_each_input(window, h, w, [&](std::int64_t input) {
      float* target = dx + input * channels;
#pragma omp simd
      for (std::int64_t c = 0; c < channels; ++c) target[c] += gradient[c] / count;
    });
  });
}

/// Calls body(row, first element of x, first element of y) for each image, on all threads.
template <typename Body>
void for_each_image(const PoolingShape& shape, const Body& body) {
  const auto& [height, width] = shape.window;
  const std::int64_t inputs = height.input * width.input * shape.channels;
  const std::int64_t outputs = height.output * width.output * shape.channels;
  parallel_for(shape.rows, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t row = begin; row < end; ++row) body(row * inputs, row * outputs, inputs);
  });
}

}  // namespace

void max_pool_forward(const PoolingShape& shape, const float* x, float* y) {
  for_each_image(shape, [&](std::int64_t input, std::int64_t output, std::int64_t) {
    max_forward(shape.window, shape.channels, x + input, y + output);
  });
}

void max_pool_backward(const PoolingShape& shape, const float* x, const float* y, const float* dy,
                       float* dx) {
  const bool tiling = tiles(shape.window[0]) && tiles(shape.window[1]);
  for_each_image(shape, [&](std::int64_t input, std::int64_t output, std::int64_t inputs) {
    if (tiling) {
      max_backward<true>(shape.window, shape.channels, x + input, y + output, dy + output, dx + input);
    } else {
      std::fill_n(dx + input, inputs, 0.0F);
      max_backward<false>(shape.window, shape.channels, x + input, y + output, dy + output, dx + input);
    }
  });
}

void average_pool_forward(const PoolingShape& shape, const float* x, float* y) {
  for_each_image(shape, [&](std::int64_t input, std::int64_t output, std::int64_t) {
    average_forward(shape.window, shape.channels, x + input, y + output);
  });
}

void average_pool_backward(const PoolingShape& shape, const float* dy, float* dx) {
  for_each_image(shape, [&](std::int64_t input, std::int64_t output, std::int64_t inputs) {
    std::fill_n(dx + input, inputs, 0.0F);
    average_backward(shape.window, shape.channels, dy + output, dx + input);
  });
}

}  // namespace ktrain
