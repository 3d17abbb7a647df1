#include <cmath>
#include <span>

#include "core/parallel.h"
#include "core/simd.h"
#include "core/sum.h"
#include "optim/power.h"
#include "optim/rules.h"
#include "optim/tensor_rules.h"

namespace ktrain {
namespace {

struct Rule {
  float rest_1, rest_2, correction_1, correction_2, epsilon;  // rest: 1 - beta; correction: 1 - beta^t
};

[[gnu::always_inline]] inline float direction(const Rule& r, float m, float v) {
  return m / r.correction_1 / (std::sqrt(v / r.correction_2) + r.epsilon);
}

/// Brings the moments up to date; the sum of the squares of the directions.
KTRAIN_SIMD double moments(const Rule r, const OptimizerUpdate u) {
  float* const m = u.slots[0];
  float* const v = u.slots[1];
#pragma omp simd
  for (std::int64_t i = 0; i < u.count; ++i) {
    const float g = u.gradient(i);
    m[i] = m[i] + (g - m[i]) * r.rest_1;
    v[i] = v[i] + (g * g - v[i]) * r.rest_2;
  }
  return lane_sum(u.count, [&](std::int64_t i) {
    const auto d = static_cast<double>(direction(r, m[i], v[i]));
    return d * d;
  });
}

KTRAIN_SIMD void descend(const Rule r, const OptimizerUpdate u, const float rate) {
  const float* const m = u.slots[0];
  const float* const v = u.slots[1];
#pragma omp simd
  for (std::int64_t i = 0; i < u.count; ++i) u.values[i] -= rate * direction(r, m[i], v[i]);
}

class Lamb : public Optimizer {
 public:
  Lamb(const char* name, const OptimizerOptions& options)
      : Optimizer(name, options, {.names = {"momentum", "velocity"}, .interleaved = 2}) {}
  bool whole_tensor() const override { return true; }

 private:
  void update_tensor(const OptimizerUpdate& u, const Parameter&, std::size_t) override {
    const OptimizerOptions& o = options();
    const Rule rule = {.rest_1 = static_cast<float>(1 - *o.beta_1),
                       .rest_2 = static_cast<float>(1 - *o.beta_2),
                       .correction_1 = 1 - power(*o.beta_1, u.t),
                       .correction_2 = 1 - power(*o.beta_2, u.t),
                       .epsilon = static_cast<float>(*o.epsilon)};
    decay_weights(u);
    const double weights = std::sqrt(sum_of_squares({u.values, static_cast<std::size_t>(u.count)}));
    const double directions =
        std::sqrt(piecewise_sum(u.count, kTensorGrain, [&](std::int64_t begin, std::int64_t end) {
          return moments(rule, part_of(u, begin, end - begin));
        }));
    const double ratio = weights > 0 && directions > 0 ? weights / directions : 1;
    const float rate = static_cast<float>(ratio) * u.learning_rate;
    parallel_for(u.count, kTensorGrain, [&](std::int64_t begin, std::int64_t end) {
      descend(rule, part_of(u, begin, end - begin), rate);
    });
  }
};

}  // namespace

std::unique_ptr<Optimizer> make_lamb(const char* name, const OptimizerOptions& options) {
  return std::make_unique<Lamb>(name, options);
}

}  // namespace ktrain
