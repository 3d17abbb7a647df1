#pragma once

#include <cstdint>

namespace ktrain {

/// A row-major float32 matrix, read as it lies or as its transpose.
struct GemmOperand {
  const float* data = nullptr;
  bool transposed = false;
  std::int64_t stride = 0;  ///< from one row to the next as it lies; 0: they lie side by side
};

/// Where a product goes.
struct GemmTarget {
  float* data = nullptr;
  std::int64_t stride = 0;
  bool accumulate = false;  ///< adds the product to what is there
};

/// c = a·b with a (m, k), b (k, n), c (m, n) row-major; a transposed operand lies as (k, m) or (n, k). A row
/// of c has the same bits whatever m is when b is not transposed, and for m up to 8 when it is: for more rows
/// the library may then sum up in another order.
void gemm(std::int64_t m, std::int64_t n, std::int64_t k, GemmOperand a, GemmOperand b, GemmTarget c);
inline void gemm(std::int64_t m, std::int64_t n, std::int64_t k, GemmOperand a, GemmOperand b, float* c) {
  gemm(m, n, k, a, b, GemmTarget{.data = c});
}

}  // namespace ktrain
