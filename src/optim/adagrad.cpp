#include <cmath>

#include "core/simd.h"
#include "optim/rules.h"
#include "optim/update.h"

namespace ktrain {
namespace {

KTRAIN_SIMD void adagrad(const OptimizerUpdate u, const float epsilon) {
  float* const a = u.slots[0];
#pragma omp simd
  for (std::int64_t i = 0; i < u.count; ++i) {
    const float g = u.gradient(i);
    a[i] = a[i] + g * g;
    u.values[i] = u.weight(i) - u.learning_rate * g / std::sqrt(a[i] + epsilon);
  }
}

class Adagrad : public Optimizer {
 public:
  Adagrad(const char* name, const OptimizerOptions& options)
      : Optimizer(
            name, options,
            {.names = {"accumulator"}, .initial = static_cast<float>(*options.initial_accumulator_value)}) {}

 private:
  void update(const OptimizerUpdate& u) const override { adagrad(u, static_cast<float>(*options().epsilon)); }
};

}  // namespace

std::unique_ptr<Optimizer> make_adagrad(const char* name, const OptimizerOptions& options) {
  return std::make_unique<Adagrad>(name, options);
}

}  // namespace ktrain
