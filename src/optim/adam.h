#pragma once

#include "ktrain/optim/optimizer.h"

namespace ktrain {

/// keras.optimizers.Adam (Kingma and Ba, arXiv:1412.6980, the form with epsilon outside the bias correction):
/// m += (g - m)(1 - beta_1); v += (g² - v)(1 - beta_2); w -= alpha·m / (sqrt(v) + epsilon),
/// alpha = lr·sqrt(1 - beta_2^t) / (1 - beta_1^t). With amsgrad (Reddi et al. 2018) the largest v so far
/// stands for v in the last line.
class Adam : public Optimizer {
 public:
  explicit Adam(const OptimizerOptions& options);

 protected:
  Adam(const std::string& class_name, const OptimizerOptions& options);

 private:
  void update(const Update& update) const override;
};

/// keras.optimizers.AdamW (Loshchilov and Hutter, arXiv:1711.05101): Adam with weight_decay 0.004 by default.
class AdamW : public Adam {
 public:
  explicit AdamW(const OptimizerOptions& options);
};

}  // namespace ktrain
