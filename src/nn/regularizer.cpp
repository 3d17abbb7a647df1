#include "ktrain/nn/regularizer.h"

#include "core/check.h"
#include "core/parallel.h"
#include "core/simd.h"
#include "core/sum.h"

namespace ktrain {
namespace {

constexpr std::int64_t kGrain = 32768;

KTRAIN_SIMD void add_gradient(float l1, float twice_l2, const float* values, float* gradients,
                              std::int64_t count) {
#pragma omp simd
  for (std::int64_t i = 0; i < count; ++i) {
    const float w = values[i];
    const float sign = w > 0 ? 1.0F : (w < 0 ? -1.0F : 0.0F);
    gradients[i] += l1 * sign + twice_l2 * w;
  }
}

}  // namespace

double penalty(const Regularizer& regularizer, std::span<const float> values) {
  double result = 0;
  if (regularizer.l1 != 0) result += static_cast<double>(regularizer.l1) * sum_of_magnitudes(values);
  if (regularizer.l2 != 0) result += static_cast<double>(regularizer.l2) * sum_of_squares(values);
  return result;
}

void add_penalty_gradient(const Regularizer& regularizer, std::span<const float> values,
                          std::span<float> gradients) {
  KTRAIN_CHECK(values.size() == gradients.size(), values.size(), " values, ", gradients.size(), " gradients");
  parallel_for(static_cast<std::int64_t>(values.size()), kGrain, [&](std::int64_t begin, std::int64_t end) {
    add_gradient(regularizer.l1, 2 * regularizer.l2, values.data() + begin, gradients.data() + begin,
                 end - begin);
  });
}

}  // namespace ktrain
