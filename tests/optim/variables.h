#pragma once

#include <string>
#include <vector>

#include "ktrain/optim/optimizer.h"
#include "ktrain/tensor/parameter.h"

namespace ktrain {

/// Zeroed variables layer_0/kernel, layer_1/kernel, … of these shapes.
inline FlatParameters variables(const std::vector<Shape>& shapes) {
  std::vector<Parameter> parameters;
  for (std::size_t i = 0; i < shapes.size(); ++i) {
    parameters.push_back({.name = "layer_" + std::to_string(i) + "/kernel", .shape = shapes[i]});
  }
  return FlatParameters(std::move(parameters));
}

inline OptimizerOptions with(double learning_rate, OptimizerOptions options = {}) {
  options.learning_rate = learning_rate;
  return options;
}

}  // namespace ktrain
