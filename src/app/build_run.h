#pragma once

#include <memory>
#include <string>

#include "config/run_config.h"
#include "ktrain/comm/communicator.h"
#include "ktrain/data/dataset.h"
#include "ktrain/keras/architecture.h"
#include "ktrain/nn/model.h"
#include "ktrain/optim/optimizer.h"
#include "ktrain/train/trainer.h"

namespace ktrain {

/// The objects that a configuration names; the only place that knows which classes they are.
struct Run {
  Architecture architecture;
  std::shared_ptr<const Dataset> data;
  std::shared_ptr<const Dataset> validation;  ///< null without
  std::unique_ptr<Optimizer> optimizer;       ///< null unless the command trains
  TrainerOptions options;

  Model& model() { return architecture.model; }
};

/// Opens and makes what the command needs, with the weights of --weights. Collective: a failure on any rank
/// ends all with the same Error.
Run build_run(Communicator& communicator, const RunConfig& config);

/// `name` as given, or where ktrain keeps its own files (configs/…): the installed share folder, the source
/// tree.
std::string find_file(const std::string& name);

}  // namespace ktrain
