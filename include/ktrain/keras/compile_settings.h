#pragma once

#include <memory>
#include <string>
#include <vector>

#include "ktrain/nn/loss_options.h"
#include "ktrain/nn/metric_options.h"
#include "ktrain/nn/model.h"
#include "ktrain/optim/optimizer.h"

namespace ktrain {

/// What `model.compile` was given.
struct CompileSettings {
  std::unique_ptr<Optimizer> optimizer;  ///< null where the model was never compiled
  std::vector<LossSpec> losses;
  std::vector<MetricSpec> metrics;
};

/// Those of a description (see ModelFile); none where it has no `compile_config`. Throws
/// Error{kConfiguration} for an optimizer, a loss or a metric that is not supported, by its name.
CompileSettings read_compile_settings(const std::string& description, const Model& model);

/// The description less its layers: its compile settings, which the functions that read them take as well.
std::string compile_settings_alone(const std::string& description);

/// The optimizer alone; null without one.
std::unique_ptr<Optimizer> read_compiled_optimizer(const std::string& description);

/// Losses and metrics as options give them: "huber:delta=2", "output=mse"; loss weights "0.5", "output=0.5".
struct ObjectiveTexts {
  std::vector<std::string> losses;
  std::vector<std::string> loss_weights;
  std::vector<std::string> metrics;
  std::vector<std::string> weighted_metrics;
};

/// The description with the optimizer that it was trained with and, where given, another objective. Of an
/// optimizer that is the description's own (`optimizer_changed` false) only the arguments that have other
/// values now are written, so that what ktrain does not know of it stays.
std::string with_compile_settings(const std::string& description, const Optimizer& optimizer,
                                  bool optimizer_changed, const ObjectiveTexts* objective);

}  // namespace ktrain
