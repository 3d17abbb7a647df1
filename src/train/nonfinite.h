#pragma once

#include <cstdint>

#include "ktrain/comm/communicator.h"
#include "ktrain/nn/model.h"

namespace ktrain {

/// What require_finite looks at and says.
struct StepOutcome {
  std::int64_t step = 0;  ///< the number of the step under way, from 1
  double loss = 0;        ///< of the global batch
  bool own_loss_finite = true;
};

/// The Euclidean norm of the flat gradients, which are the sums over all ranks. Throws
/// AgreedError{kNonFinite} when it or the loss is not finite, naming the step, the ranks whose loss it was,
/// and the first variable whose gradient is not finite. The same on every rank.
double require_finite(Communicator& communicator, Model& model, const StepOutcome& outcome);

}  // namespace ktrain
