#include <cmath>

#include "core/simd.h"
#include "optim/rules.h"
#include "optim/update.h"

namespace ktrain {
namespace {

KTRAIN_SIMD void adadelta(const OptimizerUpdate u, const float rho, const float rest, const float epsilon) {
  float* const a = u.slots[0];
  float* const d = u.slots[1];
#pragma omp simd
  for (std::int64_t i = 0; i < u.count; ++i) {
    const float g = u.gradient(i);
    a[i] = rho * a[i] + rest * (g * g);
    const float step = std::sqrt(d[i] + epsilon) * g / std::sqrt(a[i] + epsilon);
    d[i] = rho * d[i] + rest * (step * step);
    u.values[i] = u.weight(i) - u.learning_rate * step;
  }
}

class Adadelta : public Optimizer {
 public:
  Adadelta(const char* name, const OptimizerOptions& options)
      : Optimizer(name, options, {.names = {"accumulated_grad", "accumulated_delta_var"}, .interleaved = 2}) {
  }

 private:
  void update(const OptimizerUpdate& u) const override {
    const double rho = *options().rho;
    adadelta(u, static_cast<float>(rho), static_cast<float>(1 - rho), static_cast<float>(*options().epsilon));
  }
};

}  // namespace

std::unique_ptr<Optimizer> make_adadelta(const char* name, const OptimizerOptions& options) {
  return std::make_unique<Adadelta>(name, options);
}

}  // namespace ktrain
