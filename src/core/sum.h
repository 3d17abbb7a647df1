#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>

#include "core/parallel.h"

namespace ktrain {

/// Adds `part(begin, end)`, a sum over elements, over all of [0, count), on up to thread_count() threads. The
/// ranges follow from `count` and `grain` alone and their sums are added in order, so the result depends
/// neither on the thread count nor on the machine. Exceptions must not leave `part`.
template <typename Part>
double piecewise_sum(std::int64_t count, std::int64_t grain, const Part& part) {
  constexpr std::int64_t kPieces = 64;  // at most so many, whose sums fit on the stack
  const std::int64_t piece = std::max({std::int64_t{1}, grain, (count + kPieces - 1) / kPieces});
  if (count <= piece) return part(std::int64_t{0}, count);
  std::array<double, kPieces> sums{};
  parallel_for((count + piece - 1) / piece, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t p = begin; p < end; ++p) {
      sums[static_cast<std::size_t>(p)] = part(p * piece, std::min(count, (p + 1) * piece));
    }
  });
  double sum = 0;
  for (const double s : sums) sum += s;
  return sum;
}

/// Adds `from` to `to`, element by element, on up to thread_count() threads.
void add_to(std::span<const float> from, std::span<float> to);

/// Sums over floats in float64 in a fixed order. NaN and infinity go through to the result.
double sum_of(std::span<const float> values);
double sum_of_squares(std::span<const float> values);
double sum_of_magnitudes(std::span<const float> values);

}  // namespace ktrain
