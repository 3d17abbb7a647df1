#pragma once

#include "scaling/scaling_options.h"

namespace ktrain {

struct ScaledRun;

/// What the optimizer's state is multiplied with when a run goes on at another batch. Moving averages of
/// weights, BatchNormalization's statistics and slots not named here stay.
struct StateFactors {
  bool reset = false;        ///< the state begins anew as before the first step; the factors do not matter
  double momentum = 1;       ///< SGD's, RMSprop's and LARS's velocity, which holds the learning rate
  double first_moment = 1;   ///< Adam's m, and what else averages gradients
  double second_moment = 1;  ///< Adam's v (AMSGrad's too), RMSprop's; Adamax's norm; Adagrad's accumulator
  double update_count = 1;   ///< t of the bias correction 1 - beta_2^t, which then stays as it was
};

/// From the run as it was to the run as it goes on, both scaled from the same base. kMean converts to the
/// mean of the steady state: see the functions below. kAuto does so when the batch shrinks. When it grows the
/// velocity and the squares are kept, which acts as a warm-up: the carried velocity has the right mean but
/// sqrt(kappa) times too much noise for the larger step. Adagrad's accumulator, which never forgets, is
/// always converted. The noise scale is `to`'s; when it is not known the noise is taken to dominate. kNone:
/// all factors 1. No factor is known for Adadelta, Ftrl, Adafactor and ScheduleFreeAdamW: all 1.
StateFactors state_factors(const ScaledRun& from, const ScaledRun& to, StateConversion conversion);

/// Steady-state mean of a velocity that holds the learning rate (Keras: v = m·v - lr·g), new over old:
/// learning_rate_ratio·(1 - momentum) / (1 - new_momentum). With the same momentum it is the momentum
/// correction of Goyal et al. (arXiv:1706.02677, section 3, remark 2).
double velocity_factor(double learning_rate_ratio, double momentum, double new_momentum);

/// The same for a velocity without the learning rate (u = m·u + g): (1 - momentum) / (1 - new_momentum).
double gradient_sum_factor(double momentum, double new_momentum);

/// What Adagrad's sum of squares is multiplied with, as if all samples had been seen at the new batch:
/// square_ratio / kappa, hence 1 / kappa² when the noise dominates and 1 / kappa when the signal does.
double accumulator_factor(double batch, double kappa, double phi);

/// What AdaScale's variance of a base batch's gradient is multiplied with when the number of base batches in
/// a step changes and the variance is kept per step: old / new (fairscale's convention).
double adascale_variance_factor(double old_scale, double new_scale);

}  // namespace ktrain
