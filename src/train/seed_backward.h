#pragma once

#include <cstdint>
#include <span>

#include "ktrain/train/objective.h"
#include "nn/executor.h"

namespace ktrain {

/// Gives an executor, after its forward, the derivatives of the losses by the model's outputs: `inputs`, one
/// for each output, and the objective's group sums over `global_rows` rows of all ranks. Zeros for an output
/// without a loss.
void seed_backward(Objective& objective, const Executor& executor, std::span<const LossInput> inputs,
                   std::int64_t global_rows, std::span<const double> group_sums);

}  // namespace ktrain
