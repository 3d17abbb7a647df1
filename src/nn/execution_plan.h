#pragma once

#include <cstdint>
#include <vector>

#include "ktrain/nn/model.h"

namespace ktrain {

/// What backward is to compute; with kNone there is no backward, and the forward is that of inference.
enum class Gradients { kNone, kVariables, kInputsAndVariables };

/// How a model is executed for a number of rows: who runs, where each tensor and its gradient lies in one
/// arena, and who writes a gradient first and who adds to it.
struct ExecutionPlan {
  /// Where a tensor's values lie: in the caller's input `input`, or at `offset` bytes of the arena.
  struct Place {
    int input = -1;
    std::int64_t offset = -1;
  };
  /// What a call's backward does about the gradient of one of its inputs.
  struct InputGradient {
    enum class Action {
      kNone,   ///< nobody needs it
      kWrite,  ///< first in backward order: overwrite it
      kAdd,    ///< a later one: compute aside (at `scratch`) and add
      kShare,  ///< it lies where the output's gradient lies
    };
    Action action = Action::kNone;
    std::int64_t scratch = -1;
  };
  struct CallPlan {
    bool passes_through = false;           ///< no kernel at all
    bool passes_gradient_through = false;  ///< no backward kernel
    bool runs_backward = false;
    bool first_of_layer = false;  ///< first backward of its layer: overwrites the parameters' gradients
    bool last_of_layer = false;   ///< last backward of its layer: they are final afterwards
    std::vector<InputGradient> input_gradients;
  };

  std::vector<Place> values;              ///< per tensor
  std::vector<std::int64_t> gradients;    ///< per tensor: offset in the arena, -1 without gradient
  std::vector<CallPlan> calls;            ///< per call
  std::vector<bool> layer_runs_backward;  ///< per layer
  std::int64_t bytes = 0;                 ///< of the arena
};

ExecutionPlan plan_execution(const Model& model, std::int64_t rows, Gradients gradients);

}  // namespace ktrain
