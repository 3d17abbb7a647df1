#pragma once

#include "scaling/rules.h"

namespace ktrain {

// lr is the learning rate, m the momentum; ' marks the new ones.

/// lr' = kappa·lr (Goyal et al., arXiv:1706.02677). With a warning for adaptive optimizers, whose steps grow
/// with the batch by themselves while the noise dominates.
RuleEffect linear_rule(const RuleInput& input);

/// lr' = sqrt(kappa)·lr keeps the covariance of one step (Krizhevsky, arXiv:1404.5997; Hoffer et al.,
/// arXiv:1705.08741). With a warning for SGD, whose trajectory per epoch it does not hold.
RuleEffect sqrt_rule(const RuleInput& input);

/// 1 - m' = (1 - m) / kappa, lr' = lr (Smith and Le, arXiv:1710.06451). Throws Error{kConfiguration} for
/// kappa < 1 - m. With a warning, as the velocity then needs kappa² times the samples to forget.
RuleEffect momentum_raise_rule(const RuleInput& input);

/// m' = m^kappa, not below the floor, and lr' = kappa·lr(1 - m') / (1 - m): the same memory and displacement
/// per sample (as in the training scripts of Chiley et al., arXiv:1905.05894). Without momentum: linear.
/// Throws Error{kConfiguration} for a floor outside [0, 1).
RuleEffect half_life_rule(const RuleInput& input);

/// lr' = gain·lr, m' = m (Johnson et al., arXiv:2007.05105). With a known noise scale the gain is that of the
/// formula; else it is 1 here and has to be measured at every step. The schedule counts gains.
RuleEffect adascale_rule(const RuleInput& input);

/// lr' = sqrt(kappa)·lr, the warm-up keeps its steps: kappa times as many epochs (You et al.,
/// arXiv:1901.08256).
RuleEffect legw_rule(const RuleInput& input);

/// lr' = kappa·lr with a warm-up that keeps its samples (You et al., arXiv:1708.03888).
RuleEffect lars_rule(const RuleInput& input);

}  // namespace ktrain
