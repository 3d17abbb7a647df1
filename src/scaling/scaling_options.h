#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace ktrain {

/// From the batch at which the hyperparameters were chosen to another one.
struct BatchChange {
  std::int64_t base_batch;
  std::int64_t new_batch;
  std::optional<double> noise_scale = {};  ///< tr(Sigma) / |G|², in samples; absent: not known

  /// New over base, as the formulas call it.
  double kappa() const { return static_cast<double>(new_batch) / static_cast<double>(base_batch); }
};

/// Of a decoupled weight decay.
enum class DecayScaling { kPerSample, kFixed };
/// Of a moving average's momentum: to the power kappa, so that its memory in samples stays.
enum class AverageScaling { kPow, kFixed };
/// Of a threshold for norms: with kMatchRate as often exceeded as at the base batch.
enum class ClipScaling { kFixed, kMatchRate };
/// Of what counts steps: schedules, warm-up, cadences.
enum class StepScaling { kPerSample, kFixed };
/// Of betas under adam_sde: beta^kappa or its first order 1 - kappa(1 - beta).
enum class BetaForm { kPower, kLinear };
/// Of the optimizer's state at a change in mid-run; see state_factors.
enum class StateConversion { kAuto, kNone, kMean, kReset };

/// The rule `custom`: what the caller wants of it at this change.
struct CustomFactors {
  double learning_rate = 1;   ///< factor
  double momentum_power = 1;  ///< exponent of the momentum
  double beta_1_power = 1;    ///< exponent
  double beta_2_power = 1;    ///< exponent, of rho too
  double epsilon = 1;         ///< factor
};

/// How a run is scaled.
struct ScalingOptions {
  /// One of scaling_rule_names(). A rule says what becomes of the learning rate, momentum, betas and epsilon;
  /// under `none` they stay. All else follows from the batch and the switches below.
  std::string rule = "auto";
  double momentum_floor = 0.7;  ///< of half_life; 0: none
  /// Of beta_1^kappa under the rules for adaptive optimizers; 0: none. Their step is a mean, not a sum, so
  /// that the learning rate need not follow. That a floor helps above kappa 4, and which, is measured by
  /// tests/bench/trajectories.
  double beta_1_floor = 0.7;
  bool surge_guard = false;  ///< raise the learning rate no further than for a batch of the noise scale
  DecayScaling decay = DecayScaling::kPerSample;
  AverageScaling ema = AverageScaling::kPow;
  AverageScaling batch_normalization = AverageScaling::kPow;
  ClipScaling clip = ClipScaling::kFixed;
  StepScaling steps = StepScaling::kPerSample;
  BetaForm beta_form = BetaForm::kPower;
  StateConversion state = StateConversion::kAuto;
  std::optional<CustomFactors> custom = {};  ///< with the rule `custom` only
};

}  // namespace ktrain
