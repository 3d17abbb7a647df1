#pragma once

#include <string>
#include <vector>

#include "options.h"
#include "verdict.h"

namespace ktrain::trajectories {

/// What comes of training by a rule at a kappa, on test data, for each seed.
struct AccuracyRow {
  std::string rule;
  double kappa = 1;
  std::vector<double> accuracies = {};  ///< in percent; 0 where a run failed
  std::vector<double> losses = {};      ///< infinite there
};

struct AccuracyTable {
  std::vector<AccuracyRow> rows;  ///< the first at the base batch
  std::vector<Verdict> verdicts;
};

/// Trains a model as its file in configs/ says, its numbers taken for the base batch's, there and at kappa
/// times as many with a linear warm-up from the base batch's learning rate.
AccuracyTable compare_accuracies(const Options& options);

std::string text_report(const AccuracyTable& table, const Options& options);
/// One JSON object, every seed's results in it.
std::string json_report(const AccuracyTable& table, const Options& options);

}  // namespace ktrain::trajectories
