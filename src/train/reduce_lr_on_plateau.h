#pragma once

#include <optional>
#include <span>

#include "core/state_visitor.h"
#include "ktrain/optim/optimizer.h"
#include "train/monitor.h"

namespace ktrain {

/// keras.callbacks.ReduceLROnPlateau. Decides from the logs alone, which are equal on all ranks.
class ReduceLROnPlateau {
 public:
  ReduceLROnPlateau(const ReduceLROnPlateauOptions& options, const ObjectiveOptions& objective)
      : options_(options), monitor_(options, objective) {}

  const Monitor& monitor() const { return monitor_; }
  /// After an epoch: sets the optimizer's learning rate when it is to be reduced, and says so.
  bool epoch_ended(std::span<const NamedValue> logs, Optimizer& optimizer);

  void visit_state(StateVisitor& visitor);

 private:
  /// False at min_lr.
  bool reduce(Optimizer& optimizer) const;

  ReduceLROnPlateauOptions options_;
  Monitor monitor_;
  std::int64_t wait_ = 0;
  std::int64_t cooldown_left_ = 0;
  std::optional<double> best_;
};

}  // namespace ktrain
