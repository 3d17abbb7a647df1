#pragma once

#include "scaling/rules.h"

namespace ktrain {

// lr is the learning rate, v the mean of squared gradients; ' marks the new ones. Where epsilon is added to
// v inside the root, its factor is the square of the one named here. `beta` stands for beta_1, beta_2 and
// RMSprop's rho; beta_1^kappa goes no lower than the options' beta_1_floor. RMSprop's momentum stays, with a
// warning.

/// lr' = sqrt(kappa)·lr, beta' = beta^kappa or 1 - kappa(1 - beta), epsilon' = epsilon / sqrt(kappa)
/// (Malladi et al., arXiv:2205.10287). Holds where the gradient noise dominates; with a warning when the
/// noise scale is not known. Throws Error{kConfiguration} when the linear form of a beta is not above 0.
RuleEffect adam_sde_rule(const RuleInput& input);

/// lr' = kappa·sqrt(r)·lr, beta' = beta^kappa, epsilon' = epsilon·sqrt(r) with r = square_ratio, which is
/// what v is multiplied with: the same displacement per sample at any noise scale. Throws
/// Error{kConfiguration} when that is not known.
RuleEffect adam_drift_rule(const RuleInput& input);

/// lr' = kappa·lr, beta' = beta^kappa, epsilon' = epsilon, with a v that averages the squares of the
/// gradients of micro-batches of a constant size (Wang and Aitchison, arXiv:2402.18824): it does not depend
/// on the batch.
RuleEffect adam_invariant_rule(const RuleInput& input);

/// beta_2' = beta_2^kappa, all else stays (Marek et al., arXiv:2507.07101, section 4.3). Made for the best
/// loss at each batch, not for the same trajectory.
RuleEffect half_life_tokens_rule(const RuleInput& input);

/// lr' = surge_factor·lr (Li et al., arXiv:2405.14578), all else as adam_sde. Throws Error{kConfiguration}
/// when the noise scale is not known.
RuleEffect surge_guard_rule(const RuleInput& input);

/// lr' = sqrt(kappa)·lr, the warm-up keeps its steps, betas stay (You et al., arXiv:1904.00962).
RuleEffect lamb_rule(const RuleInput& input);

}  // namespace ktrain
