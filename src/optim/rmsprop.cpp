#include "optim/rmsprop.h"

#include <cmath>

#include "core/simd.h"
#include "optim/element.h"
#include "optim/options.h"

namespace ktrain {
namespace {

struct Rule {
  float learning_rate, weight_decay, scale, limit;
  float rho, rest, momentum, epsilon;  // rest: 1 - rho
};

// Slots that the form has not are null and not touched.
struct Arrays {
  std::int64_t count;
  float* weights;
  const float* gradients;
  float* velocity;
  float* momentum;
  float* average;
};

template <bool kMomentum, bool kCentered>
[[gnu::always_inline]] inline void rmsprop(const Rule& r, const Arrays& a) {
  float* const w = a.weights;
  float* const v = a.velocity;
#pragma omp simd
  for (std::int64_t i = 0; i < a.count; ++i) {
    const float g = clipped(a.gradients[i], r.scale, r.limit);
    v[i] = r.rho * v[i] + r.rest * (g * g);
    float variance = v[i];
    if constexpr (kCentered) {
      a.average[i] = r.rho * a.average[i] + r.rest * g;
      variance -= a.average[i] * a.average[i];
    }
    float step = r.learning_rate * g / std::sqrt(variance + r.epsilon);
    if constexpr (kMomentum) {
      a.momentum[i] = r.momentum * a.momentum[i] + step;
      step = a.momentum[i];
    }
    w[i] = decayed(w[i], r.weight_decay, r.learning_rate) - step;
  }
}

KTRAIN_SIMD void plain(const Rule r, const Arrays a) {
  rmsprop<false, false>(r, a);
}
KTRAIN_SIMD void centered(const Rule r, const Arrays a) {
  rmsprop<false, true>(r, a);
}
KTRAIN_SIMD void with_momentum(const Rule r, const Arrays a) {
  rmsprop<true, false>(r, a);
}
KTRAIN_SIMD void centered_with_momentum(const Rule r, const Arrays a) {
  rmsprop<true, true>(r, a);
}

OptimizerOptions filled(OptimizerOptions options) {
  check_options("RMSprop", options, {"rho", "momentum", "centered", "epsilon"});
  options.learning_rate = options.learning_rate.value_or(0.001);
  options.rho = options.rho.value_or(0.9);
  options.momentum = options.momentum.value_or(0);
  options.epsilon = options.epsilon.value_or(1e-7);
  return options;
}

std::vector<std::string> slots_of(const OptimizerOptions& options) {
  std::vector<std::string> names;
  names.reserve(3);  // also keeps g++ 14 from a false warning about the vector's growth
  names.emplace_back("velocity");
  if (options.momentum.value_or(0) > 0) names.emplace_back("momentum");
  if (options.centered) names.emplace_back("average_gradient");
  return names;
}

}  // namespace

RmsProp::RmsProp(const OptimizerOptions& options)
    : Optimizer("RMSprop", filled(options), {slots_of(options)}) {}

void RmsProp::update(const Update& u) const {
  const Rule rule = {
      .learning_rate = u.learning_rate,
      .weight_decay = u.weight_decay,
      .scale = u.gradient_scale,
      .limit = u.gradient_limit,
      .rho = static_cast<float>(*options().rho),
      .rest = static_cast<float>(1 - *options().rho),
      .momentum = static_cast<float>(*options().momentum),
      .epsilon = static_cast<float>(*options().epsilon),
  };
  const bool has_momentum = *options().momentum > 0;
  const Arrays arrays = {
      .count = u.count,
      .weights = u.values,
      .gradients = u.gradients,
      .velocity = u.slots[0],
      .momentum = has_momentum ? u.slots[1] : nullptr,
      .average = options().centered ? u.slots[has_momentum ? 2 : 1] : nullptr,
  };
  if (options().centered) {
    (has_momentum ? centered_with_momentum : centered)(rule, arrays);
  } else {
    (has_momentum ? with_momentum : plain)(rule, arrays);
  }
}

}  // namespace ktrain
