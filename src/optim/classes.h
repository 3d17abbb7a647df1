#pragma once

#include <memory>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "ktrain/optim/optimizer.h"

namespace ktrain {

/// One of Keras's optimizer classes.
struct OptimizerClass {
  const char* name;
  /// The arguments of its own with their defaults (0 and 1 for switches), and the defaults of common ones.
  std::vector<std::pair<std::string_view, double>> arguments;
  /// From options with the defaults filled in.
  std::unique_ptr<Optimizer> (*make)(const char* name, const OptimizerOptions& options);

  /// Absent for an argument that it does not have or that has no default.
  bool has(std::string_view argument) const;
};

std::span<const OptimizerClass> optimizer_classes();
/// By name, any case; null when there is none.
const OptimizerClass* find_optimizer_class(std::string_view name);

/// An optimizer of this class. Throws Error{kConfiguration} when an option is out of its range, when more
/// than one clipping is set, or when an option is given that the class does not have.
std::unique_ptr<Optimizer> make_optimizer(const OptimizerClass& optimizer_class, OptimizerOptions options);

}  // namespace ktrain
