#include "optim/sgd.h"

#include "core/simd.h"
#include "optim/element.h"
#include "optim/options.h"

namespace ktrain {
namespace {

struct Rule {
  float learning_rate, weight_decay, scale, limit, momentum;
};

KTRAIN_SIMD void plain(const Rule r, std::int64_t count, float* w, const float* g) {
#pragma omp simd
  for (std::int64_t i = 0; i < count; ++i) {
    w[i] = decayed(w[i], r.weight_decay, r.learning_rate) - clipped(g[i], r.scale, r.limit) * r.learning_rate;
  }
}

KTRAIN_SIMD void with_momentum(const Rule r, std::int64_t count, float* w, const float* g, float* v) {
#pragma omp simd
  for (std::int64_t i = 0; i < count; ++i) {
    v[i] = v[i] * r.momentum - clipped(g[i], r.scale, r.limit) * r.learning_rate;
    w[i] = decayed(w[i], r.weight_decay, r.learning_rate) + v[i];
  }
}

KTRAIN_SIMD void with_nesterov(const Rule r, std::int64_t count, float* w, const float* g, float* v) {
#pragma omp simd
  for (std::int64_t i = 0; i < count; ++i) {
    const float descent = clipped(g[i], r.scale, r.limit) * r.learning_rate;
    v[i] = v[i] * r.momentum - descent;
    w[i] = decayed(w[i], r.weight_decay, r.learning_rate) + (v[i] * r.momentum - descent);
  }
}

OptimizerOptions filled(OptimizerOptions options) {
  check_options("SGD", options, {"momentum", "nesterov"});
  options.learning_rate = options.learning_rate.value_or(0.01);
  options.momentum = options.momentum.value_or(0);
  return options;
}

std::vector<std::string> slots_of(const OptimizerOptions& options) {
  return options.momentum.value_or(0) > 0 ? std::vector<std::string>{"momentum"} : std::vector<std::string>{};
}

}  // namespace

Sgd::Sgd(const OptimizerOptions& options) : Optimizer("SGD", filled(options), {slots_of(options)}) {}

void Sgd::update(const Update& u) const {
  const auto momentum = static_cast<float>(*options().momentum);
  const Rule rule = {u.learning_rate, u.weight_decay, u.gradient_scale, u.gradient_limit, momentum};
  if (slot_names().empty()) {
    plain(rule, u.count, u.values, u.gradients);
  } else if (options().nesterov) {
    with_nesterov(rule, u.count, u.values, u.gradients, u.slots[0]);
  } else {
    with_momentum(rule, u.count, u.values, u.gradients, u.slots[0]);
  }
}

}  // namespace ktrain
