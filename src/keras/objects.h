#pragma once

#include <memory>
#include <string>

#include "keras/json.h"
#include "ktrain/nn/constraint.h"
#include "ktrain/nn/initializer.h"
#include "ktrain/nn/regularizer.h"
#include "ktrain/ops/activation.h"

namespace ktrain {

// Values of layer arguments that are Keras objects themselves: null, a name, or {"class_name": …, "config":
// …}. What is not supported is Error{kConfiguration} that says what the value is.

/// "float32" for null, a policy's name, or a DTypePolicy object; a shortened value for anything else.
std::string dtype_policy_of(const Json& value);

/// Null (linear), a name, a built-in function given as an object, or one of the layers ReLU, LeakyReLU and
/// Softmax.
Activation activation_of(const Json& value);

/// Null is the layer's default. Seeds are not taken over: ktrain's numbers are its own, drawn from the run's
/// seed.
std::shared_ptr<const Initializer> initializer_of(const Json& value);

/// Null is no penalty; else L1, L2 or L1L2.
Regularizer regularizer_of(const Json& value);

/// Null is none; else MaxNorm, MinMaxNorm, NonNeg or UnitNorm.
Constraint constraint_of(const Json& value);

}  // namespace ktrain
