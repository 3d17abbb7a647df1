#include <cmath>

#include "core/simd.h"
#include "core/state_visitor.h"
#include "optim/power.h"
#include "optim/rules.h"
#include "optim/update.h"

namespace ktrain {
namespace {

struct Rule {
  float rest_1, rest_2, of_momentum, of_gradient, correction, epsilon;
};

KTRAIN_SIMD void nadam(const Rule r, const OptimizerUpdate u) {
  float* const m = u.slots[0];
  float* const v = u.slots[1];
#pragma omp simd
  for (std::int64_t i = 0; i < u.count; ++i) {
    const float g = u.gradient(i);
    m[i] = m[i] + (g - m[i]) * r.rest_1;
    v[i] = v[i] + (g * g - v[i]) * r.rest_2;
    const float ahead = r.of_momentum * m[i] + r.of_gradient * g;
    u.values[i] = u.weight(i) - ahead * u.learning_rate / (std::sqrt(v[i] / r.correction) + r.epsilon);
  }
}

class Nadam : public Optimizer {
 public:
  Nadam(const char* name, const OptimizerOptions& options)
      : Optimizer(name, options, {.names = {"momentum", "velocity"}, .interleaved = 2}) {}

 private:
  float u_of(std::int64_t t) const {
    return static_cast<float>(*options().beta_1) * (1 - 0.5F * power(0.96, t));
  }

  void begin_update(std::int64_t t) override { u_product_ *= u_of(t); }

  void update(const OptimizerUpdate& u) const override {
    const float now = u_of(u.t), next = u_of(u.t + 1);
    nadam({.rest_1 = static_cast<float>(1 - *options().beta_1),
           .rest_2 = static_cast<float>(1 - *options().beta_2),
           .of_momentum = next / (1 - u_product_ * next),
           .of_gradient = (1 - now) / (1 - u_product_),
           .correction = 1 - power(*options().beta_2, u.t),
           .epsilon = static_cast<float>(*options().epsilon)},
          u);
  }

  void visit_own_state(StateVisitor& visitor) override {
    visitor.array("optimizer/u_product", &u_product_, DType::kFloat32, {});
  }

  void add_rule_variables(const FlatParameters& parameters,
                          std::vector<OptimizerVariable>& variables) override {
    Optimizer::add_rule_variables(parameters, variables);
    variables.push_back({"u_product", "", {}, &u_product_});
  }

  void bind_own(const FlatParameters&) override { u_product_ = 1; }

  float u_product_ = 1;
};

}  // namespace

std::unique_ptr<Optimizer> make_nadam(const char* name, const OptimizerOptions& options) {
  return std::make_unique<Nadam>(name, options);
}

}  // namespace ktrain
