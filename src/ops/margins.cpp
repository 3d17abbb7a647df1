#include "ops/margins.h"

#include <algorithm>

#include "core/parallel.h"

namespace ktrain {
namespace {

/// Elements for which a second thread pays.
constexpr std::int64_t kGrain = 1 << 14;

/// Calls visit(line, place) for each line of the outer images, on all threads: where it begins in outer, and
/// where in inner what it holds begins, -1 when it is a margin.
template <typename Visit>
void for_each_outer_line(const MarginShape& s, const Visit& visit) {
  const auto& depth = s.axes[0];
  const auto& height = s.axes[1];
  const auto& width = s.axes[2];
  const std::int64_t line = width.outer() * s.channels;
  const std::int64_t inner_line = width.inner * s.channels;
  const std::int64_t lines = s.rows * depth.outer() * height.outer();
  parallel_for(lines, kGrain / std::max<std::int64_t>(line, 1), [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t n = begin; n < end; ++n) {
      const std::int64_t h = n % height.outer() - height.before;
      const std::int64_t d = n / height.outer() % depth.outer() - depth.before;
      const std::int64_t row = n / height.outer() / depth.outer();
      const bool margin = h < 0 || h >= height.inner || d < 0 || d >= depth.inner;
      visit(n * line, margin ? -1 : ((row * depth.inner + d) * height.inner + h) * inner_line);
    }
  });
}

}  // namespace

void add_margins(const MarginShape& s, const float* inner, float* outer) {
  const MarginAxis& width = s.axes[2];
  const std::int64_t before = width.before * s.channels;
  const std::int64_t count = width.inner * s.channels;
  const std::int64_t after = width.after * s.channels;
  for_each_outer_line(s, [=](std::int64_t line, std::int64_t place) {
    float* to = outer + line;
    if (place < 0) {
      std::fill_n(to, before + count + after, 0.0F);
      return;
    }
    std::fill_n(to, before, 0.0F);
    std::copy_n(inner + place, count, to + before);
    std::fill_n(to + before + count, after, 0.0F);
  });
}

void remove_margins(const MarginShape& s, const float* outer, float* inner) {
  const std::int64_t before = s.axes[2].before * s.channels;
  const std::int64_t count = s.axes[2].inner * s.channels;
  for_each_outer_line(s, [=](std::int64_t line, std::int64_t place) {
    if (place >= 0) std::copy_n(outer + line + before, count, inner + place);
  });
}

}  // namespace ktrain
