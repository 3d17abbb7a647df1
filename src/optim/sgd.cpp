#include <string>

#include "core/simd.h"
#include "optim/rules.h"
#include "optim/update.h"

namespace ktrain {
namespace {

KTRAIN_SIMD void plain(const OptimizerUpdate u) {
#pragma omp simd
  for (std::int64_t i = 0; i < u.count; ++i) u.values[i] = u.weight(i) - u.gradient(i) * u.learning_rate;
}

KTRAIN_SIMD void with_momentum(const OptimizerUpdate u, const float momentum) {
  float* const v = u.slots[0];
#pragma omp simd
  for (std::int64_t i = 0; i < u.count; ++i) {
    v[i] = v[i] * momentum - u.gradient(i) * u.learning_rate;
    u.values[i] = u.weight(i) + v[i];
  }
}

KTRAIN_SIMD void with_nesterov(const OptimizerUpdate u, const float momentum) {
  float* const v = u.slots[0];
#pragma omp simd
  for (std::int64_t i = 0; i < u.count; ++i) {
    const float descent = u.gradient(i) * u.learning_rate;
    v[i] = v[i] * momentum - descent;
    u.values[i] = u.weight(i) + (v[i] * momentum - descent);
  }
}

class Sgd : public Optimizer {
 public:
  Sgd(const char* name, const OptimizerOptions& options, Slots slots)
      : Optimizer(name, options, std::move(slots)) {}
  static Slots slots_of(const OptimizerOptions& options) {
    return {.names =
                *options.momentum > 0 ? std::vector<std::string>{"momentum"} : std::vector<std::string>{}};
  }

 private:
  void update(const OptimizerUpdate& u) const override {
    const auto momentum = static_cast<float>(*options().momentum);
    if (momentum == 0) {
      plain(u);
    } else if (*options().nesterov) {
      with_nesterov(u, momentum);
    } else {
      with_momentum(u, momentum);
    }
  }
};

}  // namespace

std::unique_ptr<Optimizer> make_sgd(const char* name, const OptimizerOptions& options) {
  return std::make_unique<Sgd>(name, options, Sgd::slots_of(options));
}

}  // namespace ktrain
