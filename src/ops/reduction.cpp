#include "ops/reduction.h"

#include <algorithm>

#include "core/check.h"
#include "core/parallel.h"
#include "core/simd.h"
#include "ops/broadcast.h"

namespace ktrain {
namespace {

constexpr std::int64_t kGrainElements = 1 << 14;
constexpr std::int64_t kLineElements = 256;  ///< whose accumulators fit on the stack

struct SumFold {
  double scale;
  static constexpr bool kFromFirst = false;
  double operator()(double a, float x) const { return a + double{x}; }
  double join(double a, double b) const { return a + b; }
  double finish(double a) const { return a * scale; }
};

/// Keeps a NaN that it meets.
struct MaximumFold {
  static constexpr bool kFromFirst = true;
  double operator()(double a, float x) const { return join(a, x); }
  double join(double a, double b) const { return b > a || b != b ? b : a; }
  double finish(double a) const { return a; }
};
struct MinimumFold {
  static constexpr bool kFromFirst = true;
  double operator()(double a, float x) const { return join(a, x); }
  double join(double a, double b) const { return b < a || b != b ? b : a; }
  double finish(double a) const { return a; }
};

// In lanes side by side, so that the bits do not hang on how the machine vectorizes.
template <typename Fold>
[[gnu::flatten]] KTRAIN_SIMD void fold_run(const float* x, std::int64_t count, double* lanes, Fold fold) {
  std::int64_t i = 0;
  for (; i + kLanes <= count; i += kLanes) {
#pragma omp simd
    for (int lane = 0; lane < kLanes; ++lane) lanes[lane] = fold(lanes[lane], x[i + lane]);
  }
  for (int lane = 0; i < count; ++i, ++lane) lanes[lane] = fold(lanes[lane], x[i]);
}

template <typename Fold>
[[gnu::flatten]] KTRAIN_SIMD void fold_line(const float* x, std::int64_t count, double* line, Fold fold) {
#pragma omp simd
  for (std::int64_t i = 0; i < count; ++i) line[i] = fold(line[i], x[i]);
}

}  // namespace

void Reduction::Axes::add(std::int64_t size, std::int64_t step) {
  if (!sizes.empty() && steps.back() == size * step) {
    sizes.back() *= size;
    steps.back() = step;
  } else {
    sizes.push_back(size);
    steps.push_back(step);
  }
  count *= size;
}

std::int64_t Reduction::Axes::offset(std::int64_t index) const {
  std::int64_t offset = 0;
  for (std::size_t axis = sizes.size(); axis-- > 0;) {
    offset += index % sizes[axis] * steps[axis];
    index /= sizes[axis];
  }
  return offset;
}

std::int64_t Reduction::Axes::take_last() {
  const std::int64_t size = sizes.back();
  sizes.pop_back();
  steps.pop_back();
  count = 1;
  for (const std::int64_t other : sizes) count *= other;
  return size;
}

Reduction::Reduction(const Shape& shape, const Shape& result) {
  const Shape target = expanded(result, shape.rank());
  std::int64_t step = shape.elements();
  for (int axis = 0; axis < shape.rank(); ++axis) {
    KTRAIN_CHECK(target[axis] == shape[axis] || target[axis] == 1, shape, " -> ", result);
    if (shape[axis] == 1) continue;
    step /= shape[axis];
    (target[axis] == 1 ? gone_ : kept_).add(shape[axis], step);
  }
  if (!gone_.sizes.empty() && gone_.steps.back() == 1) run_ = gone_.take_last();
  if (!kept_.sizes.empty() && kept_.steps.back() == 1) line_ = kept_.take_last();
}

template <typename Fold>
void Reduction::fold(const float* x, float* y, const Fold& fold) const {
  const std::int64_t chunks = (line_ + kLineElements - 1) / kLineElements;
  const std::int64_t work = std::min(line_, kLineElements) * folded();
  parallel_for(kept_.count * chunks, kGrainElements / work, [&](std::int64_t first, std::int64_t last) {
    double sums[std::max<std::int64_t>(kLineElements, kLanes)];
    for (std::int64_t piece = first; piece < last; ++piece) {
      const std::int64_t begin = piece % chunks * kLineElements;
      const std::int64_t count = std::min(kLineElements, line_ - begin);
      const float* from = x + kept_.offset(piece / chunks) + begin;
      float* to = y + piece / chunks * line_ + begin;
      const std::int64_t width = run_ > 1 ? kLanes : count;
      for (std::int64_t i = 0; i < width; ++i) sums[i] = !Fold::kFromFirst ? 0 : run_ > 1 ? from[0] : from[i];
      for (std::int64_t g = 0; g < gone_.count; ++g) {
        if (run_ > 1) {
          fold_run(from + gone_.offset(g), run_, sums, fold);
        } else {
          fold_line(from + gone_.offset(g), count, sums, fold);
        }
      }
      for (std::int64_t i = 1; run_ > 1 && i < width; ++i) sums[0] = fold.join(sums[0], sums[i]);
      for (std::int64_t i = 0; i < count; ++i) to[i] = static_cast<float>(fold.finish(sums[i]));
    }
  });
}

void Reduction::sum(const float* x, float* y, double scale) const {
  fold(x, y, SumFold{scale});
}
void Reduction::maximum(const float* x, float* y) const {
  fold(x, y, MaximumFold{});
}
void Reduction::minimum(const float* x, float* y) const {
  fold(x, y, MinimumFold{});
}

}  // namespace ktrain
