#pragma once

#include "core/state_visitor.h"
#include "ktrain/tensor/parameter.h"

namespace ktrain {

/// Each variable once, in Keras's order, as "variables/<name>".
inline void visit_variables(StateVisitor& visitor, FlatParameters& flat) {
  for (const Parameter& parameter : flat.parameters()) {
    visitor.array("variables/" + parameter.name, flat.value(parameter).address(), DType::kFloat32,
                  parameter.shape.dims());
  }
}

}  // namespace ktrain
