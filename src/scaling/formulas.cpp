#include "scaling/formulas.h"

#include <algorithm>
#include <cmath>

#include "core/text.h"
#include "ktrain/core/error.h"

namespace ktrain {

double warmup_factor(double kappa, double step, double warmup_steps) {
  return step < warmup_steps ? 1 + (kappa - 1) * step / warmup_steps : kappa;
}

double same_memory(double decay, double kappa) {
  return std::pow(decay, kappa);
}

double linear_memory(double beta, double kappa) {
  const double scaled = 1 - kappa * (1 - beta);
  if (scaled > 0) return scaled;
  throw Error(ExitCode::kConfiguration, text("batch scaling: the linear form makes the beta ", beta,
                                             " at kappa ", kappa, " ", scaled, "; the power form holds"));
}

double raised_momentum(double momentum, double kappa) {
  const double raised = 1 - (1 - momentum) / kappa;
  if (raised >= 0) return raised;
  throw Error(ExitCode::kConfiguration,
              text("batch scaling: rule momentum_raise makes the momentum ", momentum, " at kappa ", kappa,
                   " negative (", raised, "); kappa must be at least ", 1 - momentum));
}

double floored_momentum(double momentum, double kappa, double floor) {
  return std::max(same_memory(momentum, kappa), std::min(momentum, floor));
}

double displacement_factor(double kappa, double momentum, double new_momentum) {
  return kappa * ((1 - new_momentum) / (1 - momentum));
}

double square_ratio(double batch, double kappa, double phi) {
  if (std::isinf(phi)) return 1 / kappa;
  return (1 + phi / (kappa * batch)) / (1 + phi / batch);
}

double drift_factor(double batch, double kappa, double phi) {
  return kappa * std::sqrt(square_ratio(batch, kappa, phi));
}

double surge_factor(double batch, double kappa, double phi) {
  return std::sqrt(kappa) * (std::isinf(phi) ? 1 : (phi + batch) / (phi + kappa * batch));
}

double weight_decay_per_sample(double decay, double kappa, double learning_rate_factor) {
  return decay * (kappa / learning_rate_factor);
}

double exact_weight_decay(double decay, double kappa, double learning_rate, double learning_rate_factor) {
  const double shrinking = -std::expm1(kappa * std::log1p(-learning_rate * decay));
  return shrinking / (learning_rate * learning_rate_factor);
}

double sde_noise(double learning_rate, double momentum, double batch, double samples) {
  return learning_rate * samples / (batch * (1 - momentum));
}

double half_life_samples(double decay, double batch) {
  return batch * std::log(0.5) / std::log(decay);
}

double batch_variance_ratio(double count, double new_count) {
  return (1 - 1 / new_count) / (1 - 1 / count);
}

}  // namespace ktrain
