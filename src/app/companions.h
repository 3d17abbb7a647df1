#pragma once

#include <optional>
#include <string>
#include <vector>

#include "config/run_config.h"
#include "core/state_visitor.h"
#include "ktrain/comm/communicator.h"
#include "ktrain/nn/model.h"
#include "ktrain/optim/optimizer.h"
#include "ktrain/train/evaluate.h"
#include "ktrain/train/trainer.h"
#include "train/csv_logger.h"
#include "train/early_stopping.h"
#include "train/reduce_lr_on_plateau.h"
#include "train/save_best.h"

namespace ktrain {

/// What a run does after each epoch beside training: the callbacks of Keras that its configuration asks for.
/// All ranks call alike and decide alike; rank 0 touches the files.
class Companions {
 public:
  Companions(Communicator& communicator, const RunConfig& config, const ObjectiveOptions& objective);

  /// After an epoch with its validation. Returns lines for a person.
  std::vector<std::string> epoch_ended(const Trainer& trainer, const std::optional<Evaluation>& validation,
                                       Model& model, Optimizer& optimizer);
  /// True when training is to end although epochs are left.
  bool stopped() const { return stopped_ == 1; }
  /// After the last epoch. Returns lines for a person.
  std::vector<std::string> training_ended(Model& model) const;

  /// Of all that there are, asked for or not, so that a run may be continued with others.
  void visit_state(StateVisitor& visitor);

 private:
  void warn_once(const Monitor& monitor, std::span<const NamedValue> logs, std::vector<std::string>& lines);

  Communicator& communicator_;
  bool stops_, reduces_, saves_;
  std::optional<std::string> best_file_;
  EarlyStopping early_stopping_;
  ReduceLROnPlateau reduce_lr_;
  SaveBest save_best_;
  std::optional<CsvLogger> csv_;
  std::int64_t stopped_ = 0;
  bool warned_ = false;
};

}  // namespace ktrain
