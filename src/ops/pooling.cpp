#include "ops/pooling.h"

#include <algorithm>
#include <utility>

#include "core/parallel.h"
#include "core/simd.h"

namespace ktrain {
namespace {

/// Channels that a window is worked on at a time: short enough for the cache's first level.
constexpr std::int64_t kBlock = 64;

/// The inputs of one window.
struct Box {
  PoolingSpan outer;
  PoolingSpan middle;
  PoolingSpan inner;
  std::int64_t size() const { return outer.size() * middle.size() * inner.size(); }
};

/// Calls visit(box, output) for the windows of one image.
template <typename Visit>
inline void for_each_window(const PoolingShape& shape, const Visit& visit) {
  const auto& [outer, middle, inner] = shape.axes;
  for (std::size_t i = 0; i < outer.spans.size(); ++i) {
    for (std::size_t j = 0; j < middle.spans.size(); ++j) {
      const std::int64_t line = static_cast<std::int64_t>(i) * outer.output_step +
                                static_cast<std::int64_t>(j) * middle.output_step;
      for (std::size_t k = 0; k < inner.spans.size(); ++k) {
        visit(Box{outer.spans[i], middle.spans[j], inner.spans[k]},
              line + static_cast<std::int64_t>(k) * inner.output_step);
      }
    }
  }
}

/// Calls visit(input) for the inputs of a window.
template <typename Visit>
inline void for_each_input(const PoolingShape& shape, const Box& box, const Visit& visit) {
  const auto& [outer, middle, inner] = shape.axes;
  for (std::int64_t i = box.outer.begin; i < box.outer.end; ++i) {
    for (std::int64_t j = box.middle.begin; j < box.middle.end; ++j) {
      const std::int64_t line = i * outer.input_step + j * middle.input_step;
      for (std::int64_t k = box.inner.begin; k < box.inner.end; ++k) visit(line + k * inner.input_step);
    }
  }
}

std::int64_t first_input(const PoolingShape& shape, const Box& box) {
  const auto& [outer, middle, inner] = shape.axes;
  return box.outer.begin * outer.input_step + box.middle.begin * middle.input_step +
         box.inner.begin * inner.input_step;
}

[[gnu::flatten]] KTRAIN_SIMD void max_forward(const PoolingShape& shape, const float* x, float* y) {
  const std::int64_t channels = shape.channels;
  for_each_window(shape, [&](const Box& box, std::int64_t output) {
    float* largest = y + output * channels;
    std::copy_n(x + first_input(shape, box) * channels, channels, largest);
    for_each_input(shape, box, [&](std::int64_t input) {
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
[[gnu::flatten]] KTRAIN_SIMD void max_backward(const PoolingShape& shape, const float* x, const float* y,
                                               const float* dy, float* dx) {
  const std::int64_t channels = shape.channels;
  for_each_window(shape, [&](const Box& box, std::int64_t output) {
    for (std::int64_t block = 0; block < channels; block += kBlock) {
      const std::int64_t count = std::min(kBlock, channels - block);
      const float* largest = y + output * channels + block;
      float left[kBlock];  // what no input has taken yet
      std::copy_n(dy + output * channels + block, count, left);
      for_each_input(shape, box, [&](std::int64_t input) {
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

[[gnu::flatten]] KTRAIN_SIMD void average_forward(const PoolingShape& shape, const float* x, float* y) {
  const std::int64_t channels = shape.channels;
  for_each_window(shape, [&](const Box& box, std::int64_t output) {
    float* mean = y + output * channels;
    std::fill_n(mean, channels, 0.0F);
    for_each_input(shape, box, [&](std::int64_t input) {
      const float* value = x + input * channels;
#pragma omp simd
      for (std::int64_t c = 0; c < channels; ++c) mean[c] += value[c];
    });
    const auto count = static_cast<float>(box.size());
    for (std::int64_t c = 0; c < channels; ++c) mean[c] /= count;
  });
}

[[gnu::flatten]] KTRAIN_SIMD void average_backward(const PoolingShape& shape, const float* dy, float* dx) {
  const std::int64_t channels = shape.channels;
  for_each_window(shape, [&](const Box& box, std::int64_t output) {
    const float* gradient = dy + output * channels;
    const auto count = static_cast<float>(box.size());
    for_each_input(shape, box, [&](std::int64_t input) {
      float* target = dx + input * channels;
#pragma omp simd
      for (std::int64_t c = 0; c < channels; ++c) target[c] += gradient[c] / count;
    });
  });
}

/// Calls body(first element of x, first element of y, elements of x) for each image, on all threads.
template <typename Body>
void for_each_image(const PoolingShape& shape, const Body& body) {
  const std::int64_t inputs = shape.inputs * shape.channels;
  const std::int64_t outputs = shape.outputs * shape.channels;
  parallel_for(shape.rows, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t row = begin; row < end; ++row) body(row * inputs, row * outputs, inputs);
  });
}

std::vector<PoolingSpan> window_spans(const WindowAxis& axis) {
  std::vector<PoolingSpan> spans;
  for (std::int64_t o = 0; o < axis.output; ++o) {
    const std::int64_t first = o * axis.stride - axis.before;
    spans.push_back({std::max<std::int64_t>(first, 0), std::min(first + axis.kernel, axis.input)});
  }
  return spans;
}

std::vector<PoolingSpan> adaptive_spans(std::int64_t input, std::int64_t output) {
  std::vector<PoolingSpan> spans;
  for (std::int64_t o = 0; o < output; ++o) {
    spans.push_back({o * input / output, ((o + 1) * input + output - 1) / output});
  }
  return spans;
}

bool tile(const std::vector<PoolingSpan>& spans, std::int64_t input) {
  std::int64_t end = 0;
  for (const PoolingSpan& span : spans) {
    if (span.begin != end) return false;
    end = span.end;
  }
  return end == input;
}

/// The shape whose axes, depth, height and width, have these spans over these inputs.
PoolingShape shape_of(std::int64_t rows, std::array<std::vector<PoolingSpan>, 3> spans,
                      const std::array<std::int64_t, 3>& inputs, std::int64_t channels) {
  PoolingShape shape{
      .rows = rows, .axes = {}, .inputs = 1, .outputs = 1, .tiles = true, .channels = channels};
  for (std::size_t axis = spans.size(); axis-- > 0;) {
    shape.tiles = shape.tiles && tile(spans[axis], inputs[axis]);
    const auto outputs = static_cast<std::int64_t>(spans[axis].size());
    shape.axes[axis] = {
        .spans = std::move(spans[axis]), .input_step = shape.inputs, .output_step = shape.outputs};
    shape.inputs *= inputs[axis];
    shape.outputs *= outputs;
  }
  return shape;
}

}  // namespace

PoolingShape pooling_shape(std::int64_t rows, const Window& window, std::int64_t channels) {
  const auto& [depth, height, width] = window;
  return shape_of(rows, {window_spans(depth), window_spans(height), window_spans(width)},
                  {depth.input, height.input, width.input}, channels);
}

PoolingShape adaptive_pooling_shape(std::int64_t rows, AxisNumbers input, AxisNumbers output,
                                    std::int64_t channels) {
  std::array<std::vector<PoolingSpan>, 3> spans{{{{}}, {{}}, {{}}}};
  std::array<std::int64_t, 3> inputs{1, 1, 1};
  const std::size_t absent = spans.size() - input.size();
  for (std::size_t axis = 0; axis < input.size(); ++axis) {
    spans[absent + axis] = adaptive_spans(input[axis], output[axis]);
    inputs[absent + axis] = input[axis];
  }
  PoolingShape shape = shape_of(rows, std::move(spans), inputs, channels);
  std::swap(shape.axes.front(), shape.axes.back());
  return shape;
}

void max_pool_forward(const PoolingShape& shape, const float* x, float* y) {
  for_each_image(shape, [&](std::int64_t input, std::int64_t output, std::int64_t) {
    max_forward(shape, x + input, y + output);
  });
}

void max_pool_backward(const PoolingShape& shape, const float* x, const float* y, const float* dy,
                       float* dx) {
  for_each_image(shape, [&](std::int64_t input, std::int64_t output, std::int64_t inputs) {
    if (shape.tiles) {
      max_backward<true>(shape, x + input, y + output, dy + output, dx + input);
    } else {
      std::fill_n(dx + input, inputs, 0.0F);
      max_backward<false>(shape, x + input, y + output, dy + output, dx + input);
    }
  });
}

void average_pool_forward(const PoolingShape& shape, const float* x, float* y) {
  for_each_image(shape, [&](std::int64_t input, std::int64_t output, std::int64_t) {
    average_forward(shape, x + input, y + output);
  });
}

void average_pool_backward(const PoolingShape& shape, const float* dy, float* dx) {
  for_each_image(shape, [&](std::int64_t input, std::int64_t output, std::int64_t inputs) {
    std::fill_n(dx + input, inputs, 0.0F);
    average_backward(shape, dy + output, dx + input);
  });
}

}  // namespace ktrain
