#pragma once

#include <cstdint>
#include <fstream>
#include <optional>
#include <string>

#include "ktrain/comm/communicator.h"
#include "ktrain/train/trainer.h"

namespace ktrain {

/// --log-indices: which sample was visited when, a line "epoch,step,index" each, epochs from 1, in the order
/// of positions. Rank 0 writes, appending.
class IndexLog {
 public:
  IndexLog(Communicator& communicator, const std::optional<std::string>& file);
  /// Adds the samples that all ranks computed in the step. Collective.
  void step(const Trainer& trainer, const StepStatistics& statistics);

 private:
  Communicator& communicator_;
  bool enabled_;
  std::string file_;
  std::ofstream out_;
};

}  // namespace ktrain
