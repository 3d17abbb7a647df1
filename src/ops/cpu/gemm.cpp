#include "ops/gemm.h"

#include "ops/cpu/dnnl_engine.h"

namespace ktrain {

void gemm(std::int64_t m, std::int64_t n, std::int64_t k, GemmOperand a, GemmOperand b, float* c) {
  require_success(dnnl_sgemm(a.transposed ? 'T' : 'N', b.transposed ? 'T' : 'N', m, n, k, 1.0F, a.data,
                             a.transposed ? m : k, b.data, b.transposed ? k : n, 0.0F, c, n),
                  "matrix product");
}

}  // namespace ktrain
