#include "optim/adam.h"

#include <cmath>
#include <string>
#include <utility>

#include "core/simd.h"
#include "optim/power.h"
#include "optim/rules.h"

namespace ktrain {
namespace {

KTRAIN_SIMD void adam(const AdamRates r, const OptimizerUpdate u, float* m, float* v) {
#pragma omp simd
  for (std::int64_t i = 0; i < u.count; ++i) {
    const float g = u.gradient(i);
    m[i] = m[i] + (g - m[i]) * r.rest_1;
    v[i] = v[i] + (g * g - v[i]) * r.rest_2;
    u.values[i] = u.weight(i) - m[i] * r.alpha / (std::sqrt(v[i]) + r.epsilon);
  }
}

KTRAIN_SIMD void amsgrad(const AdamRates r, const OptimizerUpdate u) {
  float* const m = u.slots[0];
  float* const v = u.slots[1];
  float* const largest = u.slots[2];
#pragma omp simd
  for (std::int64_t i = 0; i < u.count; ++i) {
    const float g = u.gradient(i);
    m[i] = m[i] + (g - m[i]) * r.rest_1;
    v[i] = v[i] + (g * g - v[i]) * r.rest_2;
    largest[i] = largest[i] > v[i] ? largest[i] : v[i];
    u.values[i] = u.weight(i) - m[i] * r.alpha / (std::sqrt(largest[i]) + r.epsilon);
  }
}

class Adam : public Optimizer {
 public:
  Adam(const char* name, const OptimizerOptions& options, Slots slots)
      : Optimizer(name, options, std::move(slots)) {}
  static Slots slots_of(const OptimizerOptions& options) {
    std::vector<std::string> names = {"momentum", "velocity"};
    if (*options.amsgrad) names.emplace_back("velocity_hat");
    return {.names = std::move(names), .interleaved = 2};
  }

 private:
  void update(const OptimizerUpdate& u) const override {
    const OptimizerOptions& o = options();
    const AdamRates rates = adam_rates(u.learning_rate, *o.beta_1, *o.beta_2, *o.epsilon, u.t);
    if (*o.amsgrad) {
      amsgrad(rates, u);
    } else {
      adam(rates, u, u.slots[0], u.slots[1]);
    }
  }
};

}  // namespace

AdamRates adam_rates(float learning_rate, double beta_1, double beta_2, double epsilon, std::int64_t t) {
  return {.alpha = learning_rate * std::sqrt(1 - power(beta_2, t)) / (1 - power(beta_1, t)),
          .rest_1 = static_cast<float>(1 - beta_1),
          .rest_2 = static_cast<float>(1 - beta_2),
          .epsilon = static_cast<float>(epsilon)};
}

void adam_update(AdamRates rates, OptimizerUpdate update, float* m, float* v) {
  adam(rates, update, m, v);
}

std::unique_ptr<Optimizer> make_adam(const char* name, const OptimizerOptions& options) {
  return std::make_unique<Adam>(name, options, Adam::slots_of(options));
}

}  // namespace ktrain
