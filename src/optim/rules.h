#pragma once

#include <memory>

#include "ktrain/optim/optimizer.h"

namespace ktrain {

// Optimizers from options with the defaults filled in; `name` is Keras's class. g is the clipped gradient, w
// the weight after weight decay, lr the learning rate, t counts the updates from 1.

/// keras.optimizers.SGD: w -= lr·g. With momentum: v = momentum·v - lr·g; w += v, or with Nesterov w +=
/// momentum·v - lr·g. The learning rate sits inside the velocity.
std::unique_ptr<Optimizer> make_sgd(const char* name, const OptimizerOptions& options);

/// keras.optimizers.RMSprop: v = rho·v + (1 - rho)g²; step = lr·g / sqrt(v + epsilon); with `centered` the
/// square of a = rho·a + (1 - rho)g is taken off v; with momentum m = momentum·m + step is the step.
std::unique_ptr<Optimizer> make_rmsprop(const char* name, const OptimizerOptions& options);

/// keras.optimizers.Adam and AdamW (Kingma and Ba, arXiv:1412.6980, the form with epsilon outside the bias
/// correction; Loshchilov and Hutter, arXiv:1711.05101): m += (g - m)(1 - beta_1); v += (g² - v)(1 - beta_2);
/// w -= alpha·m / (sqrt(v) + epsilon), alpha = lr·sqrt(1 - beta_2^t) / (1 - beta_1^t). With amsgrad (Reddi et
/// al. 2018) the largest v so far stands for v in the last line.
std::unique_ptr<Optimizer> make_adam(const char* name, const OptimizerOptions& options);

/// keras.optimizers.Adadelta (Zeiler, arXiv:1212.5701): a = rho·a + (1 - rho)g²; step = sqrt(d + epsilon)·g /
/// sqrt(a + epsilon); d = rho·d + (1 - rho)step²; w -= lr·step.
std::unique_ptr<Optimizer> make_adadelta(const char* name, const OptimizerOptions& options);

/// keras.optimizers.Adagrad (Duchi et al. 2011): a += g²; w -= lr·g / sqrt(a + epsilon).
std::unique_ptr<Optimizer> make_adagrad(const char* name, const OptimizerOptions& options);

/// keras.optimizers.Adamax (arXiv:1412.6980, section 7.1): m += (g - m)(1 - beta_1); u = max(beta_2·u, |g|);
/// w -= lr·m / ((1 - beta_1^t)(u + epsilon)).
std::unique_ptr<Optimizer> make_adamax(const char* name, const OptimizerOptions& options);

/// keras.optimizers.Nadam (Dozat 2016): m and v as Adam; u(t) = beta_1(1 - 0.96^t / 2), p = u(1)·…·u(t);
/// w -= lr·(u(t+1)·m / (1 - p·u(t+1)) + (1 - u(t))g / (1 - p)) / (sqrt(v / (1 - beta_2^t)) + epsilon).
std::unique_ptr<Optimizer> make_nadam(const char* name, const OptimizerOptions& options);

/// keras.optimizers.Ftrl (McMahan et al. 2013), with p = learning_rate_power, l2 = l2_regularization_strength
/// + beta / (2·lr): n' = n + g²; z += g + 2·l2_shrinkage·w - (n'^-p - n^-p)·w / lr; w = (clip(z, ±l1) - z) /
/// (n'^-p / lr + 2·l2); n = n'.
std::unique_ptr<Optimizer> make_ftrl(const char* name, const OptimizerOptions& options);

/// keras.optimizers.Lion (Chen et al., arXiv:2302.06675): w -= lr·sign(beta_1·m + (1 - beta_1)g);
/// m = beta_2·m + (1 - beta_2)g.
std::unique_ptr<Optimizer> make_lion(const char* name, const OptimizerOptions& options);

/// keras.optimizers.Lamb (You et al., arXiv:1904.00962): m and v as Adam; r = m / (1 - beta_1^t) /
/// (sqrt(v / (1 - beta_2^t)) + epsilon); w -= lr·r·|w| / |r|, without the quotient when one of the norms is
/// 0.
std::unique_ptr<Optimizer> make_lamb(const char* name, const OptimizerOptions& options);

/// keras.optimizers.Adafactor (Shazeer and Stern, arXiv:1804.04235), with rho = min(lr, 1 / sqrt(t)) and
/// beta = 1 - t^beta_2_decay: s = g² + epsilon_1; matrices (the last two axes) keep r = beta·r + (1 -
/// beta)·mean of s over the last axis, c the same over the one before, v = r·c / mean(r); others v = beta·v +
/// (1 - beta)s; u = g / sqrt(v); w -= max(epsilon_2, rms(w))·rho·u / max(1, rms(u) / clip_threshold). As rho
/// takes the smaller value anyway, relative_step changes nothing (in Keras neither).
std::unique_ptr<Optimizer> make_adafactor(const char* name, const OptimizerOptions& options);

/// keras.optimizers.Muon (Jordan et al. 2024, scaled as in arXiv:2502.16982): matrices: m = momentum·m + g; x
/// = g + momentum·m with nesterov, else m; x, wide side up and divided by its norm, goes ns_steps times
/// through x = a·x + (b·y + c·y²)x, y = x·x'; w -= lr·x·sqrt(largest side)·rms_rate. Variables of another
/// rank, embeddings (exclude_embeddings) and those in whose path one of exclude_layers is found: Adam with
/// lr·adam_lr_ratio and adam_weight_decay.
std::unique_ptr<Optimizer> make_muon(const char* name, const OptimizerOptions& options);

/// keras.optimizers.ScheduleFreeAdamW (Defazio et al., arXiv:2405.15682), lr times min(1, t / warmup_steps):
/// v += (g² - v)(1 - beta_2); z' = z - lr·g / (sqrt(v / (1 - beta_2^t)) + epsilon); x = (w - (1 - beta_1)z) /
/// beta_1; x' = x + (z' - x) / t; w = (1 - beta_1)z' + beta_1·x'. z ("momentum") begins as w.
std::unique_ptr<Optimizer> make_schedule_free_adamw(const char* name, const OptimizerOptions& options);

}  // namespace ktrain
