#pragma once

#include <string>
#include <vector>

#include "arms.h"
#include "curves.h"
#include "options.h"
#include "verdict.h"

namespace ktrain::trajectories {

/// How far a rule's trajectories are from those at the base batch.
struct Row {
  std::string rule;
  std::vector<std::vector<double>> distances;  ///< of each kappa, for each seed

  double mean(std::size_t kappa) const;
};

/// The rules of one optimizer at one learning rate.
struct Table {
  std::string optimizer;  ///< sgd or adam
  double rate = 1;
  double learning_rate = 0;
  std::vector<double> kappas;
  double seed_distance = 0;  ///< mean over pairs of seeds, at the base batch
  std::vector<Row> rows;
  std::vector<Verdict> verdicts;
};

/// Trains all that the options ask for: a table for each optimizer and rate. One seed alone is compared with
/// a second one at the base batch all the same, for the seed-to-seed distance.
std::vector<Table> compare(const Options& options);

}  // namespace ktrain::trajectories
