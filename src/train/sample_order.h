#pragma once

#include <memory>
#include <string>

#include "data/sampler.h"
#include "ktrain/comm/communicator.h"
#include "ktrain/data/dataset.h"
#include "ktrain/nn/model.h"
#include "ktrain/train/trainer.h"

namespace ktrain {

/// The order in which a run sees its samples.
struct SampleOrder {
  Sampler sampler;
  std::string note;  ///< for a person: what stratification does with the classes; empty without
};

/// Of the options' seed, shuffle and stratify, which the model's stateful layers must allow
/// (train/layer_states.h). To stratify, every rank reads a part of the dataset, all its fields, for the
/// classes of its only target: whole numbers or one-hot rows (or probabilities, of which the largest counts).
/// Throws Error{kConfiguration} that names the sample whose target is none. Collective.
SampleOrder sample_order(Communicator& communicator, const Model& model, const Dataset& dataset,
                         const TrainerOptions& options);

}  // namespace ktrain
