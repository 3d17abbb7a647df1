#include "ops/gemm.h"

#include <algorithm>

#include "ops/cpu/dnnl_engine.h"
#include "ops/scratch.h"

namespace ktrain {
namespace {

void multiply(std::int64_t m, std::int64_t n, std::int64_t k, GemmOperand a, GemmOperand b, float* c) {
  require_success(dnnl_sgemm(a.transposed ? 'T' : 'N', b.transposed ? 'T' : 'N', m, n, k, 1.0F, a.data,
                             a.transposed ? m : k, b.data, b.transposed ? k : n, 0.0F, c, n),
                  "matrix product");
}

// oneDNN sums up a single row in another order than one among others: it gets a second row, of zeros.
void multiply_row(std::int64_t n, std::int64_t k, const float* a, GemmOperand b, float* c) {
  const auto bytes = static_cast<std::size_t>(2 * (k + n)) * sizeof(float);
  auto* rows = static_cast<float*>(scratch(ScratchUse::kTwoRows, bytes));
  std::copy_n(a, k, rows);
  std::fill_n(rows + k, k, 0.0F);
  multiply(2, n, k, {.data = rows}, b, rows + 2 * k);
  std::copy_n(rows + 2 * k, n, c);
}

}  // namespace

void gemm(std::int64_t m, std::int64_t n, std::int64_t k, GemmOperand a, GemmOperand b, float* c) {
  if (m == 1) return multiply_row(n, k, a.data, b, c);
  multiply(m, n, k, a, b, c);
}

}  // namespace ktrain
