#include "ops/gemm.h"

#include <algorithm>

#include "ops/cpu/dnnl_engine.h"
#include "ops/scratch.h"

namespace ktrain {
namespace {

std::int64_t stride_or(std::int64_t stride, std::int64_t dense) {
  return stride == 0 ? dense : stride;
}

void multiply(std::int64_t m, std::int64_t n, std::int64_t k, GemmOperand a, GemmOperand b, GemmTarget c) {
  require_success(
      dnnl_sgemm(a.transposed ? 'T' : 'N', b.transposed ? 'T' : 'N', m, n, k, 1.0F, a.data,
                 stride_or(a.stride, a.transposed ? m : k), b.data, stride_or(b.stride, b.transposed ? k : n),
                 c.accumulate ? 1.0F : 0.0F, c.data, stride_or(c.stride, n)),
      "matrix product");
}

// oneDNN sums up a single row in another order than one among others: it gets a second row, of zeros.
void multiply_row(std::int64_t n, std::int64_t k, GemmOperand a, GemmOperand b, GemmTarget c) {
  const auto bytes = static_cast<std::size_t>(2 * (k + n)) * sizeof(float);
  auto* rows = static_cast<float*>(scratch(ScratchUse::kTwoRows, bytes));
  float* product = rows + 2 * k;
  const std::int64_t step = a.transposed ? stride_or(a.stride, 1) : 1;
  for (std::int64_t i = 0; i < k; ++i) rows[i] = a.data[i * step];
  std::fill_n(rows + k, k, 0.0F);
  if (c.accumulate) {
    std::copy_n(c.data, n, product);
    std::fill_n(product + n, n, 0.0F);
  }
  multiply(2, n, k, {.data = rows}, b, {.data = product, .accumulate = c.accumulate});
  std::copy_n(product, n, c.data);
}

}  // namespace

void gemm(std::int64_t m, std::int64_t n, std::int64_t k, GemmOperand a, GemmOperand b, GemmTarget c) {
  if (m == 1) return multiply_row(n, k, a, b, c);
  multiply(m, n, k, a, b, c);
}

}  // namespace ktrain
