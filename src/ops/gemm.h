#pragma once

#include <cstdint>

namespace ktrain {

/// A dense row-major float32 matrix, read as it lies or as its transpose.
struct GemmOperand {
  const float* data = nullptr;
  bool transposed = false;
};

/// c = a·b with a (m, k), b (k, n), c (m, n) row-major; a transposed operand lies as (k, m) or (n, k). A row
/// of c has the same bits whatever m is when b is not transposed, and for m up to 8 when it is: for more rows
/// the library may then sum up in another order.
void gemm(std::int64_t m, std::int64_t n, std::int64_t k, GemmOperand a, GemmOperand b, float* c);

}  // namespace ktrain
