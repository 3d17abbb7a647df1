#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "app/model_source.h"
#include "app/run_settings.h"
#include "config/run_config.h"
#include "ktrain/comm/communicator.h"
#include "ktrain/data/dataset.h"
#include "ktrain/nn/model.h"
#include "ktrain/train/trainer.h"

namespace ktrain {

/// The objects that a configuration names; the only place that knows which classes they are.
struct Run {
  ModelSource source;
  Model model;
  std::shared_ptr<const Dataset> data;
  std::shared_ptr<const Dataset> validation;  ///< null without
  RunSettings settings;                       ///< for training and evaluation
  TrainerOptions options;

  /// What evaluation and prediction compute at a time: shards in a reproducible run, else a worker's share.
  std::int64_t inference_shard() const { return options.reproducible ? options.shard : 0; }
};

/// Opens and makes what the command needs, with the weights of --weights or of the model's file. Collective:
/// a failure on any rank ends all with the same Error.
Run build_run(Communicator& communicator, const RunConfig& config);

/// Brings the optimizer's state from the model's file to rank 0; false when the file has none. The optimizer
/// is bound. Collective.
bool load_optimizer(Communicator& communicator, Run& run);

}  // namespace ktrain
