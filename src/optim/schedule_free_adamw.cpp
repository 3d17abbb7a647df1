#include <algorithm>
#include <cmath>

#include "core/simd.h"
#include "optim/power.h"
#include "optim/rules.h"
#include "optim/update.h"

namespace ktrain {
namespace {

struct Rule {
  float learning_rate, beta_1, rest_1, rest_2, correction, epsilon, share;  // rest: 1 - beta; share: 1 / t
};

KTRAIN_SIMD void schedule_free(const Rule r, const OptimizerUpdate u) {
  float* const z = u.slots[0];
  float* const v = u.slots[1];
#pragma omp simd
  for (std::int64_t i = 0; i < u.count; ++i) {
    const float g = u.gradient(i);
    v[i] = v[i] + (g * g - v[i]) * r.rest_2;
    const float x = (u.weight(i) - r.rest_1 * z[i]) / r.beta_1;
    z[i] = z[i] - r.learning_rate * g / (std::sqrt(v[i] / r.correction) + r.epsilon);
    const float mean = (1 - r.share) * x + r.share * z[i];
    u.values[i] = r.rest_1 * z[i] + r.beta_1 * mean;
  }
}

class ScheduleFreeAdamW : public Optimizer {
 public:
  ScheduleFreeAdamW(const char* name, const OptimizerOptions& options)
      : Optimizer(name, options, {.names = {"momentum", "velocity"}, .interleaved = 2}) {}

 private:
  void begin_first_step(FlatParameters& parameters) override {
    std::ranges::copy(parameters.trainable_values(), rule_slot(0));
  }

  void update(const OptimizerUpdate& u) const override {
    const OptimizerOptions& o = options();
    const auto t = static_cast<float>(u.t);
    const float warmth = *o.warmup_steps > 0 ? std::min(t / static_cast<float>(*o.warmup_steps), 1.0F) : 1.0F;
    const auto beta_1 = static_cast<float>(*o.beta_1), beta_2 = static_cast<float>(*o.beta_2);
    schedule_free({.learning_rate = u.learning_rate * warmth,
                   .beta_1 = beta_1,
                   .rest_1 = 1 - beta_1,
                   .rest_2 = 1 - beta_2,
                   .correction = 1 - power(*o.beta_2, u.t),
                   .epsilon = static_cast<float>(*o.epsilon),
                   .share = 1 / t},
                  u);
  }
};

}  // namespace

std::unique_ptr<Optimizer> make_schedule_free_adamw(const char* name, const OptimizerOptions& options) {
  return std::make_unique<ScheduleFreeAdamW>(name, options);
}

}  // namespace ktrain
