#pragma once

#include <functional>
#include <string>

#include "keras/json.h"

namespace ktrain {

// The layers in a model's description, {"class_name": "Functional", "config": {"layers": […]}}.

/// The layers that stand in a model; null where the object is none. A Sequential of Keras 2 may be but a
/// list.
Json* layers_of(Json& object);

std::string name_of_layer(const Json& layer);

/// Calls visit(layer, "model/layer") for every layer within `object` at any depth: a model's, and what a
/// wrapper or a recurrent layer holds. Each is an object with a config.
void visit_layers(Json& object, const std::function<void(Json&, const std::string&)>& visit);

}  // namespace ktrain
