#pragma once

#include <memory>

#include "keras/json.h"
#include "ktrain/optim/optimizer.h"

namespace ktrain {

/// An optimizer from Keras's serialized object, {"class_name": "Adam", "config": {…}} (or only its name), of
/// Keras 3 and of Keras 2: "Custom>Adam", `lr`, the former `decay` (lr / (1 + decay·iteration), which becomes
/// an InverseTimeDecay). Throws Error{kConfiguration} naming class and argument for what is not supported.
std::unique_ptr<Optimizer> read_optimizer_config(const Json& object);

/// The object as Keras 3 writes it, in a form that all its versions read. The learning rate is the current
/// one.
Json write_optimizer_config(const Optimizer& optimizer);

}  // namespace ktrain
