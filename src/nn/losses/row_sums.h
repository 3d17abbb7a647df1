#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>

#include "core/sum.h"
#include "ktrain/nn/loss.h"
#include "ops/map.h"

// Loops over the rows of a loss: runs of `width` elements along the last axis, each with one value.
namespace ktrain {

inline std::int64_t row_width(const LossRows& rows) {
  const Shape& shape = rows.prediction.shape();
  return shape.rank() == 1 ? 1 : shape[-1];
}
/// Rows worth a thread's while.
inline std::int64_t row_grain(std::int64_t width) {
  return 1 + 8192 / width;
}

/// body(row, its predictions) for each row, on all threads.
template <typename Body>
void for_each_row(const LossRows& rows, const Body& body) {
  const std::int64_t width = row_width(rows);
  const float* predictions = rows.prediction.data<float>();
  parallel_for(rows.prediction.elements() / width, row_grain(width),
               [&](std::int64_t begin, std::int64_t end) {
                 for (std::int64_t row = begin; row < end; ++row) {
                   body(row, std::span(predictions + row * width, static_cast<std::size_t>(width)));
                 }
               });
}

/// The sum of function(p[i], t[i]) for i < count, in float64 in a fixed order.
template <typename Function>
double sum_of_pairs(const float* p, const float* t, std::int64_t count, Function function) {
  constexpr std::int64_t kBlock = 256;
  std::array<float, kBlock> values;
  double sum = 0;
  for (std::int64_t done = 0; done < count; done += kBlock) {
    const std::int64_t size = std::min(kBlock, count - done);
    map_range(p + done, t + done, values.data(), size, function);
    sum += sum_of({values.data(), static_cast<std::size_t>(size)});
  }
  return sum;
}

/// values[row] = divisor⁻¹ · sum over the row of function(p, t).
template <typename Function>
void row_sums(const LossRows& rows, double divisor, Function function, std::span<float> values) {
  const std::int64_t width = row_width(rows);
  const float* p = rows.prediction.data<float>();
  const float* t = rows.target.data<float>();
  if (width == 1) return map(p, t, values.data(), std::ssize(values), kCostlyGrain, function);
  parallel_for(std::ssize(values), row_grain(width), [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t row = begin; row < end; ++row) {
      const double sum = sum_of_pairs(p + row * width, t + row * width, width, function);
      values[static_cast<std::size_t>(row)] = static_cast<float>(sum / divisor);
    }
  });
}

}  // namespace ktrain
