#pragma once

#include <memory>
#include <string>
#include <vector>

#include "app/model_source.h"
#include "config/run_config.h"
#include "ktrain/optim/optimizer.h"
#include "rebatch/batch_record.h"
#include "scaling/scale_run.h"

namespace ktrain {

/// The optimizer that a run's options or its model name, at the batch for which it was chosen.
struct BaseOptimizer {
  std::shared_ptr<const Optimizer> optimizer;  ///< null where neither names one
  bool own = true;                             ///< of the options, not the model's
};

/// Throws Error{kConfiguration} for options that belong to another optimizer than the model's.
BaseOptimizer base_optimizer(const RunConfig& config, const std::string& description);

/// A model's numbers at a run's batch, which follow from those of its base batch.
struct BatchScaling {
  BatchRecord record;            ///< of the model's file
  std::string base_description;  ///< of the model, with the numbers of the base batch
  std::string description;       ///< with BatchNormalization's momentum of the run's batch
  BaseOptimizer base;
  ScaledRun run;
  bool own_rate = false;         ///< the learning rate is that of --lr
  std::int64_t state_batch = 0;  ///< at which the state in the model's file was gathered
  StateFactors state;            ///< that state's, for the run

  bool scaled() const { return run.batch != run.base_batch; }
  double state_kappa() const { return static_cast<double>(run.batch) / static_cast<double>(state_batch); }
};

/// `source` as read, layers frozen or not. The base batch is --base-batch, else what the file's record says,
/// else the global batch: then nothing changes. Throws Error{kConfiguration} for a rule that does not fit,
/// for one that is given where no other base batch is known, and for those that training cannot follow.
BatchScaling scale_to_batch(const RunConfig& config, const ModelSource& source);

/// The hyperparameters of the base batch, BatchNormalization's momenta included.
HyperParameters base_hyper_parameters(const BatchScaling& scaling);

/// What was done, for a person: the rule, each number from what to what and why, warnings.
std::vector<std::string> explanation_of(const BatchScaling& scaling);

/// Brings an optimizer whose state was read from the model's file to the run's batch. Returns the steps of
/// the base batch that the state has behind it.
double take_up_state(const BatchScaling& scaling, const FlatParameters& parameters, Optimizer& optimizer);

/// The description and record of a model that has been trained so: its file's. `optimizer` is the run's at
/// its end, whose learning rate may have been reduced.
struct ScaledFile {
  std::string description;
  BatchRecord record;
};
struct ObjectiveTexts;
ScaledFile scaled_file(const BatchScaling& scaling, const Optimizer& optimizer,
                       const ObjectiveTexts* objective);

}  // namespace ktrain
