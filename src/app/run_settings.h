#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "config/run_config.h"
#include "ktrain/keras/compile_settings.h"
#include "ktrain/nn/model.h"
#include "ktrain/ops/activation.h"
#include "ktrain/optim/optimizer.h"
#include "ktrain/train/objective.h"

namespace ktrain {

/// Loss, metrics and optimizer of a run: what its options say, else what the model was compiled with, else
/// the options' defaults.
struct RunSettings {
  ObjectiveOptions objective;
  bool own_objective = true;  ///< of the options, not the model's
  std::unique_ptr<Optimizer> optimizer;
  bool own_optimizer = true;
  std::optional<double> learning_rate;  ///< --lr for the model's optimizer
};

/// Throws Error{kConfiguration} for settings of the model that are not supported, and for options that belong
/// to another optimizer than the model's.
RunSettings run_settings(const RunConfig& config, const std::string& description, const Model& model);

/// The outputs whose loss is a cross-entropy on probabilities over the last axis, with the activation whose
/// input it can be computed from. Throws Error{kConfiguration} when there is none.
std::map<std::string, ActivationKind> fused_outputs(const ObjectiveOptions& objective, const Model& model);

}  // namespace ktrain
