#include <cmath>
#include <string>
#include <utility>

#include "core/simd.h"
#include "optim/rules.h"
#include "optim/update.h"

namespace ktrain {
namespace {

struct Rule {
  float rho, rest, momentum, epsilon;  // rest: 1 - rho
};

template <bool kMomentum, bool kCentered>
[[gnu::always_inline]] inline void rmsprop(const Rule& r, const OptimizerUpdate& u) {
  float* const v = u.slots[0];
  float* const momentum = u.slots[1];
  float* const mean = u.slots[kMomentum ? 2 : 1];
#pragma omp simd
  for (std::int64_t i = 0; i < u.count; ++i) {
    const float g = u.gradient(i);
    v[i] = r.rho * v[i] + r.rest * (g * g);
    float variance = v[i];
    if constexpr (kCentered) {
      mean[i] = r.rho * mean[i] + r.rest * g;
      variance -= mean[i] * mean[i];
    }
    float step = u.learning_rate * g / std::sqrt(variance + r.epsilon);
    if constexpr (kMomentum) {
      momentum[i] = r.momentum * momentum[i] + step;
      step = momentum[i];
    }
    u.values[i] = u.weight(i) - step;
  }
}

KTRAIN_SIMD void plain(const Rule r, const OptimizerUpdate u) {
  rmsprop<false, false>(r, u);
}
KTRAIN_SIMD void centered(const Rule r, const OptimizerUpdate u) {
  rmsprop<false, true>(r, u);
}
KTRAIN_SIMD void with_momentum(const Rule r, const OptimizerUpdate u) {
  rmsprop<true, false>(r, u);
}
KTRAIN_SIMD void centered_with_momentum(const Rule r, const OptimizerUpdate u) {
  rmsprop<true, true>(r, u);
}

class RmsProp : public Optimizer {
 public:
  RmsProp(const char* name, const OptimizerOptions& options, Slots slots)
      : Optimizer(name, options, std::move(slots)) {}
  static Slots slots_of(const OptimizerOptions& options) {
    std::vector<std::string> names;
    names.reserve(3);  // also keeps g++ 14 from a false warning about the vector's growth
    names.emplace_back("velocity");
    if (*options.momentum > 0) names.emplace_back("momentum");
    if (*options.centered) names.emplace_back("average_gradient");
    return {.names = std::move(names)};
  }

 private:
  void update(const OptimizerUpdate& u) const override {
    const Rule rule = {
        .rho = static_cast<float>(*options().rho),
        .rest = static_cast<float>(1 - *options().rho),
        .momentum = static_cast<float>(*options().momentum),
        .epsilon = static_cast<float>(*options().epsilon),
    };
    const bool has_momentum = *options().momentum > 0;
    if (*options().centered) {
      (has_momentum ? centered_with_momentum : centered)(rule, u);
    } else {
      (has_momentum ? with_momentum : plain)(rule, u);
    }
  }
};

}  // namespace

std::unique_ptr<Optimizer> make_rmsprop(const char* name, const OptimizerOptions& options) {
  return std::make_unique<RmsProp>(name, options, RmsProp::slots_of(options));
}

}  // namespace ktrain
