#pragma once

#include "ktrain/optim/optimizer.h"

namespace ktrain {

/// keras.optimizers.RMSprop: v = rho·v + (1 - rho)g²; step = lr·g / sqrt(v + epsilon); with `centered` the
/// square of a = rho·a + (1 - rho)g is taken off v; with momentum m = momentum·m + step is the step.
class RmsProp : public Optimizer {
 public:
  explicit RmsProp(const OptimizerOptions& options);

 private:
  void update(const Update& update) const override;
};

}  // namespace ktrain
