#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "scaling/rules.h"

namespace ktrain {

/// Writes down what changes, what layers have in common once.
class Changes {
 public:
  explicit Changes(std::vector<std::string>& lines) : lines_(lines) {}

  /// `value` becomes `now`.
  void set(std::string_view name, double& value, double now, std::string_view why);
  /// A whole number of steps, at least 1, becomes the nearest to `now`.
  void set_steps(std::string_view name, std::int64_t& value, double now);

 private:
  void write(const std::string& line);

  std::vector<std::string>& lines_;
};

/// What counts steps, so that it stays where it was in samples: boundaries, totals and the warm-up divided by
/// kappa, a decay per step to the power kappa, an inverse-time decay times kappa, cadences and the overwrite
/// frequency of the model's average divided by kappa.
void scale_steps(const RuleInput& input, const RuleEffect& effect, HyperParameters& scaled, Changes& changes);

/// The momentum of the model's average and of BatchNormalization's, to the power kappa.
void scale_averages(const RuleInput& input, HyperParameters& scaled, Changes& changes);

}  // namespace ktrain
