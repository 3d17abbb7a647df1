#include "train/reduce_lr_on_plateau.h"

#include <algorithm>

#include "train/visit_optional.h"

namespace ktrain {

bool ReduceLROnPlateau::epoch_ended(std::span<const NamedValue> logs, Optimizer& optimizer) {
  const auto current = monitor_.value(logs);
  if (!current) return false;
  if (cooldown_left_ > 0) {
    --cooldown_left_;
    wait_ = 0;
  }
  if (monitor_.improves(*current, best_)) {
    best_ = current;
    wait_ = 0;
    return false;
  }
  if (cooldown_left_ > 0 || ++wait_ < options_.patience || !reduce(optimizer)) return false;
  cooldown_left_ = options_.cooldown;
  wait_ = 0;
  return true;
}

bool ReduceLROnPlateau::reduce(Optimizer& optimizer) const {
  // Keras holds the rate in float32.
  const auto rate = static_cast<double>(static_cast<float>(optimizer.learning_rate()));
  if (!(rate > static_cast<double>(static_cast<float>(options_.min_lr)))) return false;
  optimizer.set_learning_rate(std::max(rate * options_.factor, options_.min_lr));
  return true;
}

void ReduceLROnPlateau::visit_state(StateVisitor& visitor) {
  visitor.integer("reduce_lr_on_plateau/wait", wait_);
  visitor.integer("reduce_lr_on_plateau/cooldown_left", cooldown_left_);
  visit_optional(visitor, "reduce_lr_on_plateau/best", best_);
}

}  // namespace ktrain
