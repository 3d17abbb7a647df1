#include "core/simd.h"
#include "optim/rules.h"
#include "optim/update.h"

namespace ktrain {
namespace {

struct Rule {
  float beta_1, rest_1, beta_2, rest_2;  // rest: 1 - beta
};

KTRAIN_SIMD void lion(const Rule r, const OptimizerUpdate u) {
  float* const m = u.slots[0];
#pragma omp simd
  for (std::int64_t i = 0; i < u.count; ++i) {
    const float g = u.gradient(i);
    const float way = r.beta_1 * m[i] + r.rest_1 * g;
    const float sign = way > 0 ? 1.0F : (way < 0 ? -1.0F : way);  // NaN stays NaN
    u.values[i] = u.weight(i) - u.learning_rate * sign;
    m[i] = r.beta_2 * m[i] + r.rest_2 * g;
  }
}

class Lion : public Optimizer {
 public:
  Lion(const char* name, const OptimizerOptions& options)
      : Optimizer(name, options, {.names = {"momentum"}}) {}

 private:
  void update(const OptimizerUpdate& u) const override {
    const double beta_1 = *options().beta_1, beta_2 = *options().beta_2;
    lion({.beta_1 = static_cast<float>(beta_1),
          .rest_1 = static_cast<float>(1 - beta_1),
          .beta_2 = static_cast<float>(beta_2),
          .rest_2 = static_cast<float>(1 - beta_2)},
         u);
  }
};

}  // namespace

std::unique_ptr<Optimizer> make_lion(const char* name, const OptimizerOptions& options) {
  return std::make_unique<Lion>(name, options);
}

}  // namespace ktrain
