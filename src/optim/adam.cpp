#include "optim/adam.h"

#include <cmath>

#include "core/simd.h"
#include "optim/element.h"
#include "optim/options.h"

namespace ktrain {
namespace {

struct Rule {
  float learning_rate, weight_decay, scale, limit;
  float alpha, rest_1, rest_2, epsilon;  // rest: 1 - beta
};

KTRAIN_SIMD void adam(const Rule r, std::int64_t count, float* w, const float* gradients, float* m,
                      float* v) {
#pragma omp simd
  for (std::int64_t i = 0; i < count; ++i) {
    const float g = clipped(gradients[i], r.scale, r.limit);
    m[i] = m[i] + (g - m[i]) * r.rest_1;
    v[i] = v[i] + (g * g - v[i]) * r.rest_2;
    w[i] = decayed(w[i], r.weight_decay, r.learning_rate) - m[i] * r.alpha / (std::sqrt(v[i]) + r.epsilon);
  }
}

KTRAIN_SIMD void amsgrad(const Rule r, std::int64_t count, float* w, const float* gradients, float* m,
                         float* v, float* largest) {
#pragma omp simd
  for (std::int64_t i = 0; i < count; ++i) {
    const float g = clipped(gradients[i], r.scale, r.limit);
    m[i] = m[i] + (g - m[i]) * r.rest_1;
    v[i] = v[i] + (g * g - v[i]) * r.rest_2;
    largest[i] = largest[i] > v[i] ? largest[i] : v[i];
    w[i] =
        decayed(w[i], r.weight_decay, r.learning_rate) - m[i] * r.alpha / (std::sqrt(largest[i]) + r.epsilon);
  }
}

// beta^t for the float32 beta, rounded to float32 as in Keras: at t = 1 and beta_2 = 0.999 the rounding of
// beta alone moves 1 - beta^t by 1e-5 of itself.
float power(double beta, std::int64_t t) {
  return static_cast<float>(std::pow(static_cast<double>(static_cast<float>(beta)), static_cast<double>(t)));
}

OptimizerOptions filled(const std::string& class_name, OptimizerOptions options) {
  check_options(class_name, options, {"beta_1", "beta_2", "amsgrad", "epsilon"});
  options.learning_rate = options.learning_rate.value_or(0.001);
  options.beta_1 = options.beta_1.value_or(0.9);
  options.beta_2 = options.beta_2.value_or(0.999);
  options.epsilon = options.epsilon.value_or(1e-7);
  return options;
}

OptimizerOptions with_decay(OptimizerOptions options) {
  options.weight_decay = options.weight_decay.value_or(0.004);
  return options;
}

std::vector<std::string> slots_of(const OptimizerOptions& options) {
  std::vector<std::string> names = {"momentum", "velocity"};
  if (options.amsgrad) names.emplace_back("velocity_hat");
  return names;
}

}  // namespace

Adam::Adam(const OptimizerOptions& options) : Adam("Adam", options) {}

Adam::Adam(const std::string& class_name, const OptimizerOptions& options)
    : Optimizer(class_name, filled(class_name, options), {slots_of(options), 2}) {}

AdamW::AdamW(const OptimizerOptions& options) : Adam("AdamW", with_decay(options)) {}

void Adam::update(const Update& u) const {
  const double beta_1 = *options().beta_1, beta_2 = *options().beta_2;
  const Rule rule = {
      .learning_rate = u.learning_rate,
      .weight_decay = u.weight_decay,
      .scale = u.gradient_scale,
      .limit = u.gradient_limit,
      .alpha = u.learning_rate * std::sqrt(1 - power(beta_2, u.t)) / (1 - power(beta_1, u.t)),
      .rest_1 = static_cast<float>(1 - beta_1),
      .rest_2 = static_cast<float>(1 - beta_2),
      .epsilon = static_cast<float>(*options().epsilon),
  };
  if (options().amsgrad) {
    amsgrad(rule, u.count, u.values, u.gradients, u.slots[0], u.slots[1], u.slots[2]);
  } else {
    adam(rule, u.count, u.values, u.gradients, u.slots[0], u.slots[1]);
  }
}

}  // namespace ktrain
