#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "app/batch_changes.h"
#include "app/build_run.h"
#include "config/run_config.h"
#include "ktrain/comm/communicator.h"
#include "ktrain/train/evaluate.h"
#include "ktrain/train/trainer.h"

namespace ktrain::trajectories {

/// A run as `ktrain train` makes it from its options, with all that they leave to defaults, on this thread.
class UserRun {
 public:
  /// Trains on the first `samples` of its data.
  UserRun(const std::vector<std::string>& options, std::int64_t samples);

  /// Steps until the run has seen so many samples. False when a loss or a gradient is not finite.
  bool train_to(std::int64_t samples);

  const std::shared_ptr<const Dataset>& training() const { return run_.data; }
  const std::shared_ptr<const Dataset>& validation() const { return run_.validation; }
  Evaluation evaluated_on(const std::shared_ptr<const Dataset>& dataset);

 private:
  std::unique_ptr<Communicator> communicator_;
  RunConfig config_;
  Run run_;
  Trainer trainer_;
  BatchChanges changes_;
};

}  // namespace ktrain::trajectories
