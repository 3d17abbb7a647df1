#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/batch_scaling.h"
#include "app/model_source.h"
#include "app/run_settings.h"
#include "config/run_config.h"
#include "ktrain/comm/communicator.h"
#include "ktrain/data/dataset.h"
#include "ktrain/nn/model.h"
#include "ktrain/train/trainer.h"
#include "scaling/adapted_batch.h"

namespace ktrain {

/// The objects that a configuration names; the only place that knows which classes they are.
struct Run {
  ModelSource source;
  Model model;
  std::shared_ptr<const Dataset> data;
  std::shared_ptr<const Dataset> validation;  ///< null without
  RunSettings settings;                       ///< for training and evaluation
  BatchScaling scaling;                       ///< for training, so is the next
  std::optional<AdaptiveBatch> adaptive;      ///< how the batch follows the noise scale; absent: it does not
  std::unique_ptr<Optimizer> optimizer;       ///< at the run's batch
  TrainerOptions options;
  std::vector<std::string> notes;  ///< what was done to the model, for a person; on rank 0

  /// What evaluation and prediction compute at a time: shards in a reproducible run, else a worker's share.
  std::int64_t inference_shard() const { return options.reproducible ? options.shard : 0; }
};

/// Opens and makes what the command needs, with the weights of --weights or of the model's file. Collective:
/// a failure on any rank ends all with the same Error.
Run build_run(Communicator& communicator, const RunConfig& config);

/// Its notes, from rank 0 unless the run is quiet.
void print_notes(const Communicator& communicator, const RunConfig& config, const Run& run);

/// Brings the optimizer's state from the model's file to rank 0, as it is at the run's batch; nothing when
/// the file has none. The optimizer is bound. The steps are those of the base batch that the state has behind
/// it. Collective.
std::optional<double> load_optimizer(Communicator& communicator, Run& run);

}  // namespace ktrain
