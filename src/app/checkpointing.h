#pragma once

#include <optional>
#include <string>
#include <vector>

#include "app/batch_changes.h"
#include "app/companions.h"
#include "checkpoint/checkpoint_folder.h"
#include "config/run_config.h"
#include "ktrain/comm/communicator.h"
#include "ktrain/train/trainer.h"

namespace ktrain {

/// A run's checkpoints: when one is due, saving it, continuing from it. Rank 0 touches the files; all ranks
/// call alike and end alike when it fails.
class Checkpointing {
 public:
  Checkpointing(Communicator& communicator, Trainer& trainer, Companions& companions, BatchChanges& changes,
                const RunConfig& config);

  /// With --resume, moves the trainer to the checkpoint and returns lines for a person. Without, makes sure
  /// that the folder holds no other run. Collective.
  std::vector<std::string> start();
  /// True when the latest step passed a point at which a checkpoint is due.
  bool due() const;
  /// True when steps were done since the latest checkpoint.
  bool unsaved() const { return trainer_.position().samples != saved_samples_; }
  bool enabled() const { return folder_.has_value(); }
  /// Compares the replicas, then writes. Returns the file's name on rank 0.
  std::string save();

 private:
  void load(std::vector<std::string>& lines);
  void visit_state(StateVisitor& visitor);

  Communicator& communicator_;
  Trainer& trainer_;
  Companions& companions_;
  BatchChanges& changes_;
  const RunConfig& config_;
  std::optional<CheckpointFolder> folder_;
  std::int64_t saved_samples_ = 0;
  std::int64_t saved_epoch_ = 0;
};

}  // namespace ktrain
