#pragma once

#include <map>
#include <string>

#include "config/run_config.h"
#include "ktrain/keras/compile_settings.h"
#include "ktrain/nn/model.h"
#include "ktrain/ops/activation.h"
#include "ktrain/train/objective.h"

namespace ktrain {

/// Loss and metrics of a run: what its options say, else what the model was compiled with, else the options'
/// defaults.
struct RunSettings {
  ObjectiveOptions objective;
  bool own_objective = true;  ///< of the options, not the model's
};

/// Throws Error{kConfiguration} for settings of the model that are not supported.
RunSettings run_settings(const RunConfig& config, const std::string& description, const Model& model);

/// The outputs whose loss is a cross-entropy on probabilities over the last axis, with the activation whose
/// input it can be computed from. Throws Error{kConfiguration} when there is none.
std::map<std::string, ActivationKind> fused_outputs(const ObjectiveOptions& objective, const Model& model);

}  // namespace ktrain
