#include <cmath>

#include "core/simd.h"
#include "optim/rules.h"
#include "optim/update.h"

namespace ktrain {
namespace {

struct Rule {
  float exponent, l1, twice_l2, twice_shrinkage;  // exponent: -learning_rate_power
};

/// The rule with n^exponent as `power` gives it.
template <typename Power>
[[gnu::always_inline]] inline void ftrl(const Rule& r, const OptimizerUpdate& u, std::int64_t i,
                                        const Power& power) {
  float& n = u.slots[0][i];
  float& z = u.slots[1][i];
  const float g = u.gradient(i), w = u.weight(i), lr = u.learning_rate;
  const float sum = n + g * g, sum_power = power(sum);
  z = z + (g + r.twice_shrinkage * w - (sum_power - power(n)) / lr * w);
  const float quadratic = sum_power / lr + r.twice_l2;
  const float below = z > r.l1 ? r.l1 : z;
  const float clipped = below < -r.l1 ? -r.l1 : below;
  u.values[i] = (clipped - z) / quadratic;
  n = sum;
}

KTRAIN_SIMD void with_root(const Rule r, const OptimizerUpdate u) {
#pragma omp simd
  for (std::int64_t i = 0; i < u.count; ++i) ftrl(r, u, i, [](float x) { return std::sqrt(x); });
}

void with_power(const Rule& r, const OptimizerUpdate& u) {
  for (std::int64_t i = 0; i < u.count; ++i) ftrl(r, u, i, [&](float x) { return std::pow(x, r.exponent); });
}

class Ftrl : public Optimizer {
 public:
  Ftrl(const char* name, const OptimizerOptions& options)
      : Optimizer(name, options,
                  {.names = {"accumulator", "linear"},
                   .interleaved = 2,
                   .initial = static_cast<float>(*options.initial_accumulator_value)}) {}

 private:
  void update(const OptimizerUpdate& u) const override {
    const OptimizerOptions& o = options();
    const float l2 = static_cast<float>(*o.l2_regularization_strength) +
                     static_cast<float>(*o.beta) / (2 * u.learning_rate);
    const Rule rule = {.exponent = static_cast<float>(-*o.learning_rate_power),
                       .l1 = static_cast<float>(*o.l1_regularization_strength),
                       .twice_l2 = 2 * l2,
                       .twice_shrinkage = static_cast<float>(2 * *o.l2_shrinkage_regularization_strength)};
    if (rule.exponent == 0.5F) {
      with_root(rule, u);
    } else {
      with_power(rule, u);
    }
  }
};

}  // namespace

std::unique_ptr<Optimizer> make_ftrl(const char* name, const OptimizerOptions& options) {
  return std::make_unique<Ftrl>(name, options);
}

}  // namespace ktrain
