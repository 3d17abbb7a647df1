#include "train/early_stopping.h"

#include <algorithm>

#include "train/visit_optional.h"

namespace ktrain {

bool EarlyStopping::epoch_ended(std::int64_t epoch, std::span<const NamedValue> logs, const Model& model) {
  const auto current = monitor_.value(logs);
  if (!current || epoch < options_.start_from_epoch) return false;
  if (options_.restore_best_weights && best_weights_.empty()) {
    keep(model);  // in case no epoch is ever better than NaN
    best_epoch_ = epoch;
  }
  ++wait_;
  if (monitor_.improves(*current, best_)) {
    best_ = current;
    best_epoch_ = epoch;
    if (options_.restore_best_weights) keep(model);
    if (!options_.baseline || monitor_.improves(*current, options_.baseline)) wait_ = 0;
    return false;
  }
  return wait_ >= options_.patience && epoch > 0;
}

void EarlyStopping::keep(const Model& model) {
  const auto values = model.parameters().values();
  best_weights_.assign(values.begin(), values.end());
}

bool EarlyStopping::restore(Model& model) const {
  if (!options_.restore_best_weights || best_weights_.empty()) return false;
  std::ranges::copy(best_weights_, model.parameters().values().begin());
  model.weights_changed();
  return true;
}

void EarlyStopping::visit_state(StateVisitor& visitor) {
  visitor.integer("early_stopping/wait", wait_);
  visitor.integer("early_stopping/best_epoch", best_epoch_);
  visit_optional(visitor, "early_stopping/best", best_);
  auto count = static_cast<std::int64_t>(best_weights_.size());
  visitor.integer("early_stopping/best_weights_count", count);
  best_weights_.resize(static_cast<std::size_t>(count));
  if (count > 0) {
    visitor.array("early_stopping/best_weights", best_weights_.data(), DType::kFloat32, std::span(&count, 1));
  }
}

}  // namespace ktrain
