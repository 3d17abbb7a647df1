#pragma once

#include <span>
#include <vector>

#include "core/state_visitor.h"
#include "ktrain/nn/model.h"
#include "train/monitor.h"

namespace ktrain {

/// keras.callbacks.EarlyStopping. Decides from the logs alone, which are equal on all ranks.
class EarlyStopping {
 public:
  EarlyStopping(const EarlyStoppingOptions& options, const ObjectiveOptions& objective)
      : options_(options), monitor_(options, objective) {}

  const Monitor& monitor() const { return monitor_; }
  /// After epoch `epoch`, counted from 0: true when training is to stop.
  bool epoch_ended(std::int64_t epoch, std::span<const NamedValue> logs, const Model& model);
  /// After the last epoch, however it was: puts the best weights back when that was asked for. True if it
  /// did.
  bool restore(Model& model) const;
  /// The epoch of the best value, from 0.
  std::int64_t best_epoch() const { return best_epoch_; }

  void visit_state(StateVisitor& visitor);

 private:
  void keep(const Model& model);

  EarlyStoppingOptions options_;
  Monitor monitor_;
  std::int64_t wait_ = 0;
  std::int64_t best_epoch_ = 0;
  std::optional<double> best_;
  std::vector<float> best_weights_;
};

}  // namespace ktrain
