#pragma once

namespace ktrain {

// The rules' formulas as plain functions. kappa is new batch / old batch, phi the gradient noise scale in
// samples, batch the old one. Batches, kappa and phi are positive; phi may be 0 or infinite.

/// The linear rule's warm-up as a factor of the old learning rate: 1 + (kappa - 1)·step / warmup_steps, kappa
/// from warmup_steps on (Goyal et al., arXiv:1706.02677, section 2.2).
double warmup_factor(double kappa, double step, double warmup_steps);

/// A decay with the same memory in samples: m^kappa (Busbridge et al., arXiv:2307.13813, for model averages).
/// Holds for momentum, betas, moving averages and a schedule's decay per step.
double same_memory(double decay, double kappa);

/// The first-order form of same_memory: 1 - kappa(1 - beta) (Malladi et al., arXiv:2205.10287). Throws
/// Error{kConfiguration} when that is not above 0.
double linear_memory(double beta, double kappa);

/// The momentum that holds the noise of SGD at the same learning rate: 1 - (1 - m) / kappa (Smith and Le,
/// arXiv:1710.06451). Throws Error{kConfiguration} when that is below 0.
double raised_momentum(double momentum, double kappa);

/// same_memory, but not below `floor` unless the momentum itself is: a low momentum with a high learning rate
/// is unstable, as heavy-ball needs learning rate < 2(1 + m) / largest curvature. Serves beta_1, too.
double floored_momentum(double momentum, double kappa, double floor);

/// The factor of the learning rate that keeps the displacement per sample when the momentum changes:
/// kappa(1 - new_momentum) / (1 - momentum). The same whether the velocity holds the learning rate or not.
double displacement_factor(double kappa, double momentum, double new_momentum);

/// What E|g|² = |G|² + tr(Sigma) / batch is multiplied with: (1 + phi / (kappa·batch)) / (1 + phi / batch).
double square_ratio(double batch, double kappa, double phi);

/// The factor of the learning rate that keeps Adam's displacement per sample: kappa·sqrt(square_ratio). Goes
/// to sqrt(kappa) for phi -> infinity (Malladi et al., arXiv:2205.10287) and to kappa for phi -> 0.
double drift_factor(double batch, double kappa, double phi);

/// The ratio of the best learning rates of sign-like optimizers, which are highest at batch = phi:
/// sqrt(kappa)·(1 + batch / phi) / (1 + kappa·batch / phi) (Li et al., arXiv:2405.14578).
double surge_factor(double batch, double kappa, double phi);

/// A decoupled weight decay (times the learning rate) with the same shrinking per sample:
/// decay·kappa / learning_rate_factor. It keeps 1 / (learning rate·decay) constant in epochs (Wang and
/// Aitchison, arXiv:2405.13698). First order in learning rate·decay, hence the same all along a schedule.
double weight_decay_per_sample(double decay, double kappa, double learning_rate_factor);

/// The same for one learning rate, without approximation: (1 - (1 - lr·decay)^kappa) / (lr·factor).
double exact_weight_decay(double decay, double kappa, double learning_rate, double learning_rate_factor);

/// Noise of SGD as a stochastic differential equation: lr·samples / (batch(1 - momentum)) (Smith et al.,
/// arXiv:1711.00489). `samples` of the training set.
double sde_noise(double learning_rate, double momentum, double batch, double samples);

/// Samples after which a running mean has forgotten half: batch·ln(1/2) / ln(decay).
double half_life_samples(double decay, double batch);

/// What the mean of biased batch variances is multiplied with when BatchNormalization sees `new_count`
/// values instead of `count`: (1 - 1 / new_count) / (1 - 1 / count).
double batch_variance_ratio(double count, double new_count);

}  // namespace ktrain
