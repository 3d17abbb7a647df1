#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "ktrain/train/companion_options.h"
#include "ktrain/train/events.h"
#include "ktrain/train/objective.h"

namespace ktrain {

/// A value of an epoch's logs and what counts as better (keras.src.callbacks.MonitorCallback).
class Monitor {
 public:
  /// Throws Error{kConfiguration} for the mode auto of a name that does not say whether more is better.
  Monitor(const MonitorOptions& options, const ObjectiveOptions& objective);

  const std::string& name() const { return name_; }
  /// In an epoch's logs; nothing when they lack it.
  std::optional<double> value(std::span<const NamedValue> logs) const;
  /// True when `value` beats `reference` by more than min_delta, or there is none. NaN beats nothing.
  bool improves(double value, const std::optional<double>& reference) const;

 private:
  std::string name_;
  bool larger_ = false;
  double min_delta_ = 0;
};

}  // namespace ktrain
