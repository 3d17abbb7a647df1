#include "scaling/state_factors.h"

#include <cmath>
#include <limits>

#include "scaling/formulas.h"
#include "scaling/scale_run.h"

namespace ktrain {
namespace {

using enum OptimizerFamily;

/// A change between two scaled runs.
class Change {
 public:
  Change(const ScaledRun& from, const ScaledRun& to) : from_(from), to_(to) {}

  double kappa() const { return static_cast<double>(to_.batch) / batch(); }

  StateFactors mean() const {
    return {.momentum = momentum(), .second_moment = second_moment(), .update_count = update_count()};
  }

  /// What is right whether the batch grows or shrinks.
  StateFactors kept() const {
    return {.second_moment = family() == kAdagrad ? second_moment() : 1, .update_count = update_count()};
  }

 private:
  OptimizerFamily family() const { return to_.hyper_parameters.optimizer; }
  double batch() const { return static_cast<double>(from_.batch); }
  double phi() const { return to_.noise_scale.value_or(std::numeric_limits<double>::infinity()); }
  double ratio() const { return to_.micro_batch_squares ? 1 : square_ratio(batch(), kappa(), phi()); }

  double momentum() const {
    if (family() != kSgd && family() != kLars && family() != kRmsprop) return 1;
    const double factor = velocity_factor(to_.learning_rate_factor / from_.learning_rate_factor,
                                          from_.hyper_parameters.momentum.value_or(0),
                                          to_.hyper_parameters.momentum.value_or(0));
    // RMSprop's increments were divided by the root of the mean square.
    return family() == kRmsprop ? factor / std::sqrt(ratio()) : factor;
  }

  double second_moment() const {
    if (family() == kAdagrad) return accumulator_factor(batch(), kappa(), phi());
    if (!is_adaptive(family())) return 1;
    return family() == kAdamax ? std::sqrt(ratio()) : ratio();
  }

  double update_count() const {
    const double old_beta = from_.hyper_parameters.beta_2.value_or(0);
    const double new_beta = to_.hyper_parameters.beta_2.value_or(0);
    if (old_beta == new_beta || old_beta <= 0 || new_beta <= 0) return 1;
    return std::log(old_beta) / std::log(new_beta);
  }

  const ScaledRun& from_;
  const ScaledRun& to_;
};

}  // namespace

StateFactors state_factors(const ScaledRun& from, const ScaledRun& to, StateConversion conversion) {
  if (from.batch == to.batch || conversion == StateConversion::kNone) return {};
  if (conversion == StateConversion::kReset) return {.reset = true};
  const Change change(from, to);
  return conversion == StateConversion::kMean || change.kappa() < 1 ? change.mean() : change.kept();
}

double velocity_factor(double learning_rate_ratio, double momentum, double new_momentum) {
  return learning_rate_ratio * gradient_sum_factor(momentum, new_momentum);
}

double gradient_sum_factor(double momentum, double new_momentum) {
  return (1 - momentum) / (1 - new_momentum);
}

double accumulator_factor(double batch, double kappa, double phi) {
  return square_ratio(batch, kappa, phi) / kappa;
}

double adascale_variance_factor(double old_scale, double new_scale) {
  return old_scale / new_scale;
}

}  // namespace ktrain
