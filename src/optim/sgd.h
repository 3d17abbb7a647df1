#pragma once

#include "ktrain/optim/optimizer.h"

namespace ktrain {

/// keras.optimizers.SGD. With momentum: v = momentum·v - lr·g; w += v, or with Nesterov w += momentum·v -
/// lr·g. The learning rate sits inside the velocity.
class Sgd : public Optimizer {
 public:
  explicit Sgd(const OptimizerOptions& options);

 private:
  void update(const Update& update) const override;
};

}  // namespace ktrain
