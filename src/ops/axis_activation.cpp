#include "ops/axis_activation.h"

#include <algorithm>
#include <cmath>

#include "core/check.h"
#include "core/parallel.h"
#include "core/simd.h"
#include "ops/vector_math.h"

namespace ktrain {
namespace {

namespace vm = vector_math;

// One line of a tensor: `count` elements `stride` apart.
struct Line {
  std::int64_t count;
  std::int64_t stride;
};

// function(line), with the stride 1 known to the compiler where it is that.
template <typename Function>
[[gnu::always_inline]] inline void with_known_stride(Line line, Function function) {
  if (line.stride == 1) return function(Line{line.count, 1});
  function(line);
}

// Folds term(0) … term(count - 1) in kLanes lanes side by side, so that the result's bits do not hang on how
// the machine would vectorize it.
template <typename Term, typename Fold>
[[gnu::always_inline]] inline float fold_lanes(std::int64_t count, float first, Term term, Fold fold) {
  float lanes[kLanes];
  for (float& lane : lanes) lane = first;
  std::int64_t k = 0;
  for (; k + kLanes <= count; k += kLanes) {
#pragma omp simd
    for (int lane = 0; lane < kLanes; ++lane) lanes[lane] = fold(lanes[lane], term(k + lane));
  }
  for (int lane = 0; k < count; ++k, ++lane) lanes[lane] = fold(lanes[lane], term(k));
  float result = first;
  for (const float lane : lanes) result = fold(result, lane);
  return result;
}

template <typename Term>
[[gnu::always_inline]] inline float sum_over(std::int64_t count, Term term) {
  return fold_lanes(count, 0.0F, term, [](float a, float b) { return a + b; });
}

[[gnu::always_inline]] inline float maximum(const float* x, Line line) {
  return fold_lanes(
      line.count, x[0], [=](std::int64_t k) { return x[k * line.stride]; },
      [](float a, float b) { return b > a ? b : a; });
}

[[gnu::flatten]] KTRAIN_SIMD void softmax_line(const float* x, float* y, Line any) {
  with_known_stride(any, [=](Line line) {
    const float highest = maximum(x, line);
#pragma omp simd
    for (std::int64_t k = 0; k < line.count; ++k) {
      y[k * line.stride] = vm::exp(x[k * line.stride] - highest);
    }
    const float scale = 1 / sum_over(line.count, [=](std::int64_t k) { return y[k * line.stride]; });
#pragma omp simd
    for (std::int64_t k = 0; k < line.count; ++k) y[k * line.stride] *= scale;
  });
}

[[gnu::flatten]] KTRAIN_SIMD void softmax_line_backward(const float* y, const float* dy, float* dx,
                                                        Line any) {
  with_known_stride(any, [=](Line line) {
    const float mean =
        sum_over(line.count, [=](std::int64_t k) { return y[k * line.stride] * dy[k * line.stride]; });
#pragma omp simd
    for (std::int64_t k = 0; k < line.count; ++k) {
      dx[k * line.stride] = y[k * line.stride] * (dy[k * line.stride] - mean);
    }
  });
}

[[gnu::flatten]] KTRAIN_SIMD void log_softmax_line(const float* x, float* y, Line any) {
  with_known_stride(any, [=](Line line) {
    const float highest = maximum(x, line);
    const float log_sum =
        vm::log(sum_over(line.count, [=](std::int64_t k) { return vm::exp(x[k * line.stride] - highest); }));
#pragma omp simd
    for (std::int64_t k = 0; k < line.count; ++k) {
      y[k * line.stride] = (x[k * line.stride] - highest) - log_sum;
    }
  });
}

[[gnu::flatten]] KTRAIN_SIMD void log_softmax_line_backward(const float* y, const float* dy, float* dx,
                                                            Line any) {
  with_known_stride(any, [=](Line line) {
    const float sum = sum_over(line.count, [=](std::int64_t k) { return dy[k * line.stride]; });
#pragma omp simd
    for (std::int64_t k = 0; k < line.count; ++k) {
      dx[k * line.stride] = dy[k * line.stride] - vm::exp(y[k * line.stride]) * sum;
    }
  });
}

// y = max(x - tau, 0) with sum 1. tau by Michelot's algorithm: the mean excess of those above the last tau,
// until none falls below; at most `count` rounds, a few in practice.
void sparsemax_line(const float* x, float* y, Line line) {
  double tau = -std::numeric_limits<double>::infinity();
  std::int64_t support = 0;
  for (std::int64_t previous = line.count + 1; support != previous;) {
    previous = support == 0 ? line.count + 1 : support;
    double sum = 0;
    support = 0;
    for (std::int64_t k = 0; k < line.count; ++k) {
      if (const double v = x[k * line.stride]; !(v <= tau)) {
        sum += v;
        ++support;
      }
    }
    tau = (sum - 1) / static_cast<double>(support);
  }
  for (std::int64_t k = 0; k < line.count; ++k) {
    const double excess = x[k * line.stride] - tau;
    y[k * line.stride] = excess <= 0 ? 0.0F : static_cast<float>(excess);
  }
}

void sparsemax_line_backward(const float* y, const float* dy, float* dx, Line line) {
  double sum = 0;
  std::int64_t support = 0;
  for (std::int64_t k = 0; k < line.count; ++k) {
    if (y[k * line.stride] > 0) {
      sum += dy[k * line.stride];
      ++support;
    }
  }
  const float mean = static_cast<float>(sum / static_cast<double>(support));
  for (std::int64_t k = 0; k < line.count; ++k) {
    const float g = dy[k * line.stride];
    dx[k * line.stride] = y[k * line.stride] > 0 ? g - mean : 0.0F;
  }
}

// Halves a and b of one outer block, each `count` elements side by side.
KTRAIN_SIMD void glu_block(const float* x, float* y, std::int64_t count) {
#pragma omp simd
  for (std::int64_t k = 0; k < count; ++k) y[k] = x[k] * vm::sigmoid(x[count + k]);
}

KTRAIN_SIMD void glu_block_backward(const float* x, const float* dy, float* dx, std::int64_t count) {
#pragma omp simd
  for (std::int64_t k = 0; k < count; ++k) {
    const float gate = vm::sigmoid(x[count + k]);
    dx[count + k] = dy[k] * x[k] * gate * (1 - gate);
    dx[k] = dy[k] * gate;
  }
}

// function(offset of the line's first element) for every line.
template <typename Function>
void for_each_line(const AxisLines& lines, const Function& function) {
  const std::int64_t grain = std::max<std::int64_t>(1, 4096 / lines.count);
  parallel_for(lines.outer * lines.inner, grain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t line = begin; line < end; ++line) {
      function(line / lines.inner * lines.count * lines.inner + line % lines.inner);
    }
  });
}

template <typename Function>
void for_each_block(const AxisLines& halves, const Function& function) {
  const std::int64_t grain = std::max<std::int64_t>(1, 4096 / (halves.count * halves.inner));
  parallel_for(halves.outer, grain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t block = begin; block < end; ++block) function(block * halves.count * halves.inner);
  });
}

using ForwardLine = void (*)(const float*, float*, Line);
using BackwardLine = void (*)(const float*, const float*, float*, Line);

ForwardLine forward_line(ActivationKind kind) {
  if (kind == ActivationKind::kSoftmax) return softmax_line;
  return kind == ActivationKind::kLogSoftmax ? log_softmax_line : sparsemax_line;
}

BackwardLine backward_line(ActivationKind kind) {
  if (kind == ActivationKind::kSoftmax) return softmax_line_backward;
  return kind == ActivationKind::kLogSoftmax ? log_softmax_line_backward : sparsemax_line_backward;
}

}  // namespace

AxisLines lines_along(const Shape& shape, int axis) {
  const int at = axis < 0 ? axis + shape.rank() : axis;
  KTRAIN_CHECK(at >= 0 && at < shape.rank(), "axis ", axis, " of ", shape);
  AxisLines lines{1, shape[at], 1};
  for (int i = 0; i < at; ++i) lines.outer *= shape[i];
  for (int i = at + 1; i < shape.rank(); ++i) lines.inner *= shape[i];
  return lines;
}

void axis_activation_forward(const Activation& activation, ConstTensorView x, TensorView y) {
  const AxisLines lines = lines_along(y.shape(), activation.axis);
  const float* from = x.data<float>();
  float* to = y.data<float>();
  if (activation.kind == ActivationKind::kGlu) {
    const std::int64_t half = lines.count * lines.inner;
    return for_each_block(lines, [=](std::int64_t at) { glu_block(from + 2 * at, to + at, half); });
  }
  const ForwardLine function = forward_line(activation.kind);
  for_each_line(lines, [=](std::int64_t at) { function(from + at, to + at, {lines.count, lines.inner}); });
}

void axis_activation_backward(const Activation& activation, ConstTensorView x, ConstTensorView y,
                              ConstTensorView dy, TensorView dx) {
  const AxisLines lines = lines_along(dy.shape(), activation.axis);
  const float* output_gradient = dy.data<float>();
  float* to = dx.data<float>();
  if (activation.kind == ActivationKind::kGlu) {
    const float* input = x.data<float>();
    const std::int64_t half = lines.count * lines.inner;
    return for_each_block(lines, [=](std::int64_t at) {
      glu_block_backward(input + 2 * at, output_gradient + at, to + 2 * at, half);
    });
  }
  const float* output = y.data<float>();
  const BackwardLine function = backward_line(activation.kind);
  for_each_line(lines, [=](std::int64_t at) {
    function(output + at, output_gradient + at, to + at, {lines.count, lines.inner});
  });
}

}  // namespace ktrain
