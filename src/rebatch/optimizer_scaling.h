#pragma once

#include <memory>

#include "ktrain/optim/optimizer.h"
#include "scaling/scale_run.h"

namespace ktrain {

// Between Keras's optimizers and the numbers that the rules work on.

/// The optimizer's hyperparameters; of the model there are none yet.
HyperParameters hyper_parameters_of(const Optimizer& optimizer);

/// Which steps a learning-rate schedule counts.
enum class ScheduleSteps {
  kOfBaseBatch,  ///< for a trainer, which reads schedules in steps of the base batch
  kOfBatch       ///< for a file, whose reader counts its own steps
};

/// An optimizer of the same class without state, as it is at the scaled run's batch; `base` has the numbers
/// of the base batch.
std::unique_ptr<Optimizer> scaled_optimizer(const Optimizer& base, const ScaledRun& run, ScheduleSteps steps);

/// Converts the state of a bound optimizer, the iteration excepted.
void convert_state(Optimizer& optimizer, const StateFactors& factors);

/// The iteration at another batch: what keeps the correction of biased moments where it was, or the place in
/// a schedule where there is one. `kappa`: new batch / old.
std::int64_t converted_iterations(const Optimizer& optimizer, const StateFactors& factors, double kappa);

}  // namespace ktrain
