#include <cmath>

#include "core/simd.h"
#include "optim/power.h"
#include "optim/rules.h"
#include "optim/update.h"

namespace ktrain {
namespace {

struct Rule {
  float rest_1, beta_2, correction, epsilon;  // rest: 1 - beta; correction: 1 - beta_1^t
};

KTRAIN_SIMD void adamax(const Rule r, const OptimizerUpdate u) {
  float* const m = u.slots[0];
  float* const largest = u.slots[1];
#pragma omp simd
  for (std::int64_t i = 0; i < u.count; ++i) {
    const float g = u.gradient(i);
    m[i] = m[i] + (g - m[i]) * r.rest_1;
    const float before = r.beta_2 * largest[i], now = std::fabs(g);
    largest[i] = before > now ? before : now;
    u.values[i] = u.weight(i) - u.learning_rate * m[i] / (r.correction * (largest[i] + r.epsilon));
  }
}

class Adamax : public Optimizer {
 public:
  Adamax(const char* name, const OptimizerOptions& options)
      : Optimizer(name, options, {.names = {"momentum", "norm"}, .interleaved = 2}) {}

 private:
  void update(const OptimizerUpdate& u) const override {
    adamax({.rest_1 = static_cast<float>(1 - *options().beta_1),
            .beta_2 = static_cast<float>(*options().beta_2),
            .correction = 1 - power(*options().beta_1, u.t),
            .epsilon = static_cast<float>(*options().epsilon)},
           u);
  }
};

}  // namespace

std::unique_ptr<Optimizer> make_adamax(const char* name, const OptimizerOptions& options) {
  return std::make_unique<Adamax>(name, options);
}

}  // namespace ktrain
