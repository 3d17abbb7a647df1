#pragma once

#include <optional>
#include <span>

#include "core/state_visitor.h"
#include "train/monitor.h"
#include "train/visit_optional.h"

namespace ktrain {

/// keras.callbacks.ModelCheckpoint with save_best_only: says when a model is the best so far; the loop writes
/// it.
class SaveBest {
 public:
  SaveBest(const SaveBestOptions& options, const ObjectiveOptions& objective)
      : monitor_(options, objective), best_(options.initial_value_threshold) {}

  const Monitor& monitor() const { return monitor_; }
  /// After an epoch: true when its model is to be saved, which one that lacks the value is, too.
  bool epoch_ended(std::span<const NamedValue> logs) {
    const auto current = monitor_.value(logs);
    if (!current) return true;
    if (!monitor_.improves(*current, best_)) return false;
    best_ = current;
    return true;
  }

  void visit_state(StateVisitor& visitor) { visit_optional(visitor, "save_best/best", best_); }

 private:
  Monitor monitor_;
  std::optional<double> best_;
};

}  // namespace ktrain
