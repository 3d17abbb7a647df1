#include "optim/orthogonalize.h"

#include <algorithm>

#include "core/parallel.h"
#include "core/simd.h"

namespace ktrain {
namespace {

constexpr std::int64_t kGrain = 16384;
constexpr std::int64_t kRows = 4, kColumns = 32;  // of a product, held in registers at a time

/// The tile of c = a·b at a's first row and b's first column; every element is summed in the order of k.
[[gnu::always_inline]] inline void tile(const float* a, const float* b, std::int64_t k, std::int64_t n,
                                        std::int64_t rows, std::int64_t columns, float* c) {
  float sums[kRows][kColumns] = {};
  for (std::int64_t p = 0; p < k; ++p) {
    for (std::int64_t i = 0; i < rows; ++i) {
      const float factor = a[i * k + p];
      for (std::int64_t j = 0; j < columns; ++j) sums[i][j] += factor * b[p * n + j];
    }
  }
  for (std::int64_t i = 0; i < rows; ++i) std::copy_n(sums[i], columns, c + i * n);
}

/// Rows [begin, end) of c (·, n) = a (·, k)·b (k, n).
KTRAIN_SIMD void product_rows(const float* a, const float* b, std::int64_t k, std::int64_t n,
                              std::int64_t begin, std::int64_t end, float* c) {
  for (std::int64_t j = 0; j < n; j += kColumns) {
    const std::int64_t columns = std::min(kColumns, n - j);
    for (std::int64_t i = begin; i < end; i += kRows) {
      const std::int64_t rows = std::min(kRows, end - i);
      if (rows == kRows && columns == kColumns) {
        tile(a + i * k, b + j, k, n, kRows, kColumns, c + i * n + j);
      } else {
        tile(a + i * k, b + j, k, n, rows, columns, c + i * n + j);
      }
    }
  }
}

void product(const float* a, const float* b, std::int64_t m, std::int64_t k, std::int64_t n, float* c) {
  const std::int64_t grain = std::max(kRows, kGrain * 16 / (k * n));
  parallel_for(m, grain,
               [&](std::int64_t begin, std::int64_t end) { product_rows(a, b, k, n, begin, end, c); });
}

/// x = p·x + q·y.
KTRAIN_SIMD void combine(float p, float q, const float* y, std::int64_t count, float* x) {
#pragma omp simd
  for (std::int64_t i = 0; i < count; ++i) x[i] = p * x[i] + q * y[i];
}

void mix(float p, float q, const float* y, std::int64_t count, float* x) {
  parallel_for(count, kGrain, [&](std::int64_t begin, std::int64_t end) {
    combine(p, q, y + begin, end - begin, x + begin);
  });
}

}  // namespace

void transpose(const float* from, std::int64_t rows, std::int64_t columns, float* to) {
  constexpr std::int64_t kBlock = 32;
  const std::int64_t grain = std::max<std::int64_t>(1, kGrain / (rows * kBlock));
  parallel_for((columns + kBlock - 1) / kBlock, grain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t row = 0; row < rows; ++row) {
      for (std::int64_t j = begin * kBlock; j < std::min(columns, end * kBlock); ++j) {
        to[j * rows + row] = from[row * columns + j];
      }
    }
  });
}

void Orthogonalizer::reserve(std::int64_t elements, std::int64_t smaller_side) {
  const auto square = static_cast<std::size_t>(smaller_side * smaller_side) * sizeof(float);
  other_ = Buffer(static_cast<std::size_t>(elements) * sizeof(float));
  gram_ = Buffer(square);
  squared_ = Buffer(square);
}

void Orthogonalizer::run(float* x, std::int64_t rows, std::int64_t columns, const Coefficients& coefficients,
                         std::int64_t steps) {
  float* other = other_.data<float>();
  float* gram = gram_.data<float>();
  float* squared = squared_.data<float>();
  for (std::int64_t step = 0; step < steps; ++step) {
    transpose(x, rows, columns, other);
    product(x, other, rows, columns, rows, gram);
    product(gram, gram, rows, rows, rows, squared);
    mix(coefficients.b, coefficients.c, squared, rows * rows, gram);
    product(gram, x, rows, rows, columns, other);
    mix(coefficients.a, 1, other, rows * columns, x);
  }
}

}  // namespace ktrain
