#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace ktrain {

// What Keras users know as callbacks; arguments have their names and defaults there.

/// What is looked at after each epoch: a name of the logs ("val_loss", "accuracy").
struct MonitorOptions {
  std::string monitor = "val_loss";
  std::string mode = "auto";  ///< min, max, or auto: what the metric's name says
  double min_delta = 0;
};

struct EarlyStoppingOptions : MonitorOptions {
  std::int64_t patience = 0;
  std::optional<double> baseline;
  bool restore_best_weights = false;
  std::int64_t start_from_epoch = 0;  ///< counts from 0
};

struct ReduceLROnPlateauOptions : MonitorOptions {
  ReduceLROnPlateauOptions() { min_delta = 1e-4; }
  double factor = 0.1;
  std::int64_t patience = 10;
  std::int64_t cooldown = 0;
  double min_lr = 0;
};

/// Keras's ModelCheckpoint with save_best_only.
struct SaveBestOptions : MonitorOptions {
  std::optional<double> initial_value_threshold;
};

// From "argument=value" each. Throw Error{kUsage} that names the argument.
EarlyStoppingOptions early_stopping_options(std::span<const std::string> arguments);
ReduceLROnPlateauOptions reduce_lr_on_plateau_options(std::span<const std::string> arguments);
SaveBestOptions save_best_options(std::span<const std::string> arguments);

}  // namespace ktrain
