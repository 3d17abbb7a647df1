#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "scaling/hyper_parameters.h"
#include "scaling/scaling_options.h"
#include "scaling/state_factors.h"

namespace ktrain {

/// A run at a batch that is not the one its hyperparameters were chosen at.
struct ScaledRun {
  std::string rule = {};  ///< never "auto"
  std::int64_t base_batch = 0;
  std::int64_t batch = 0;
  std::optional<double> noise_scale = {};  ///< known, or taken by `auto`
  HyperParameters hyper_parameters = {};
  double learning_rate_factor = 1;   ///< for every value of a schedule
  bool micro_batch_squares = false;  ///< second moments must average the squares of micro-batches' gradients
  StateFactors state = {};           ///< for a run that was at the base batch until now
  std::vector<std::string> explanation = {};  ///< a line for each number that changed: from, to and why
  std::vector<std::string> warnings = {};
};

/// The run whose hyperparameters were chosen at `change.base_batch` at `change.new_batch`. Always to be
/// called with those, never with an earlier result: so a batch that changes and comes back restores the same
/// bits, and at the base batch every number is what it was. Steps of cadences are rounded, those of schedules
/// are not. Throws Error{kUsage} for a rule that there is not, Error{kConfiguration} for an argument out of
/// its range, a rule that is not for this optimizer, one that needs a noise scale that is not known (at the
/// base batch none does), and for factors without the rule custom or this rule without factors.
ScaledRun scale_run(const HyperParameters& base, const BatchChange& change,
                    const ScalingOptions& options = {});

}  // namespace ktrain
