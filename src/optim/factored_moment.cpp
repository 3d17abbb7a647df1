#include "optim/factored_moment.h"

#include <algorithm>
#include <array>

#include "core/parallel.h"
#include "optim/tensor_rules.h"

namespace ktrain {
namespace {

constexpr std::int64_t kColumns = 64;  // summed at a time, on the stack

struct Regulated {
  float beta, epsilon;
  [[gnu::always_inline]] float square(const OptimizerUpdate& u, std::int64_t i) const {
    const float g = u.gradient(i);
    return g * g + epsilon;
  }
  float mixed(float before, double sum, std::int64_t count) const {
    return beta * before + (1 - beta) * static_cast<float>(sum / static_cast<double>(count));
  }
};

KTRAIN_SIMD double row_sum(const Regulated s, const OptimizerUpdate u) {
  return lane_sum(u.count, [&](std::int64_t i) { return s.square(u, i); });
}

/// The first `width` columns of a matrix whose rows are `stride` apart; `u` begins at its first element.
KTRAIN_SIMD void column_sums(const Regulated s, const OptimizerUpdate u, const std::int64_t rows,
                             const std::int64_t stride, const std::int64_t width, double* sums) {
  for (std::int64_t row = 0; row < rows; ++row) {
#pragma omp simd
    for (std::int64_t i = 0; i < width; ++i) sums[i] += static_cast<double>(s.square(u, row * stride + i));
  }
}

KTRAIN_SIMD void outer_row(const float factor, const float* c, const std::int64_t count, float* v) {
#pragma omp simd
  for (std::int64_t i = 0; i < count; ++i) v[i] = factor * c[i];
}

KTRAIN_SIMD double plain_sum(const float* values, const std::int64_t count) {
  return lane_sum(count, [&](std::int64_t i) { return values[i]; });
}

void update_columns(const OptimizerUpdate& u, const MatrixShape& shape, const Regulated& s, float* columns) {
  const std::int64_t tiles = (shape.columns + kColumns - 1) / kColumns;
  const std::int64_t grain = std::max<std::int64_t>(1, kTensorGrain / (shape.rows * kColumns));
  parallel_for(shape.matrices * tiles, grain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t tile = begin; tile < end; ++tile) {
      const std::int64_t matrix = tile / tiles, first = tile % tiles * kColumns;
      const std::int64_t width = std::min(kColumns, shape.columns - first);
      std::array<double, kColumns> sums{};
      column_sums(s, part_of(u, matrix * shape.rows * shape.columns + first, 0), shape.rows, shape.columns,
                  width, sums.data());
      float* c = columns + matrix * shape.columns + first;
      for (std::int64_t i = 0; i < width; ++i)
        c[i] = s.mixed(c[i], sums[static_cast<std::size_t>(i)], shape.rows);
    }
  });
}

}  // namespace

void factored_moment(const OptimizerUpdate& update, const MatrixShape& shape, float beta, float epsilon,
                     const FactoredMoment& moment) {
  const Regulated s = {beta, epsilon};
  const std::int64_t grain = std::max<std::int64_t>(1, kTensorGrain / shape.columns);
  const std::int64_t all_rows = shape.matrices * shape.rows;
  parallel_for(all_rows, grain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t row = begin; row < end; ++row) {
      const double sum = row_sum(s, part_of(update, row * shape.columns, shape.columns));
      moment.rows[row] = s.mixed(moment.rows[row], sum, shape.columns);
    }
  });
  update_columns(update, shape, s, moment.columns);
  for (std::int64_t matrix = 0; matrix < shape.matrices; ++matrix) {
    const double sum = plain_sum(moment.rows + matrix * shape.rows, shape.rows);
    moment.means[matrix] = static_cast<float>(sum / static_cast<double>(shape.rows));
  }
  parallel_for(all_rows, grain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t row = begin; row < end; ++row) {
      const std::int64_t matrix = row / shape.rows;
      outer_row(moment.rows[row] / moment.means[matrix], moment.columns + matrix * shape.columns,
                shape.columns, update.slots[0] + row * shape.columns);
    }
  });
}

}  // namespace ktrain
