#pragma once

#include <string>

namespace ktrain::trajectories {

/// What the acceptance asks of a rule at a kappa.
struct Verdict {
  std::string rule;
  double kappa = 0;
  double distance = 0;
  double limit = 0;
  std::string what;           ///< the limit is
  std::string quantity = {};  ///< that the distance is; empty: D

  bool holds() const { return distance < limit; }
};

/// "pass: sgd, auto at kappa 4: 0.0190 is below 0.0332, the seed-to-seed D", with its end.
std::string verdict_line(const std::string& subject, const Verdict& verdict);

}  // namespace ktrain::trajectories
