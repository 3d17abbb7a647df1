#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "options.h"
#include "verdict.h"

namespace ktrain::trajectories {

/// Between two runs, of |ln(loss / loss)| behind the first change of the batch.
struct SwitchDistance {
  double whole = 0;             ///< D: mean over the points of measuring at every interval
  double there = 0;             ///< mean over those close behind the first change
  double back = 0;              ///< and behind the second
  double largest = 0;           ///< of all
  std::int64_t largest_at = 0;  ///< samples behind the first change
};

/// But for the largest, which is that of all.
SwitchDistance mean_of(const std::vector<SwitchDistance>& distances);

/// A way to change the batch, at one kappa.
struct SwitchRow {
  std::string rule;  ///< of an arm, with "without conversion" behind it where the state is kept as it is
  double kappa = 0;
  std::vector<SwitchDistance> seeds = {};

  SwitchDistance mean() const { return mean_of(seeds); }
  /// Close behind that change at which the batch shrinks.
  double behind_shrinking() const { return kappa < 1 ? mean().there : mean().back; }
};

/// One optimizer at one learning rate.
struct SwitchTable {
  std::string optimizer;
  double learning_rate = 0;
  SwitchDistance seed_to_seed = {};  ///< over the same points, mean over pairs of seeds at the base batch
  std::vector<SwitchRow> rows = {};
  std::vector<Verdict> verdicts = {};
};

/// Runs that change from the base batch to kappa times as many and back, as `ktrain train --batch-schedule`
/// does it, against those that stay: a table for each optimizer and rate, judged at the rate x1.
std::vector<SwitchTable> compare_switches(const Options& options);

std::string text_report(const SwitchTable& table, const Options& options);
/// One JSON object, every seed's distances in it.
std::string json_report(const std::vector<SwitchTable>& tables, const Options& options);

}  // namespace ktrain::trajectories
