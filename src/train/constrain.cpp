#include "train/constrain.h"

namespace ktrain {

void apply_constraints(Model& model) {
  FlatParameters& flat = model.parameters();
  const auto parameters = flat.parameters();
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    const Constraint& constraint = model.constraints()[i];
    if (!parameters[i].trainable || !constraint.active()) continue;
    apply_constraint(constraint, parameters[i].shape, flat.value(parameters[i]).span<float>());
  }
}

}  // namespace ktrain
