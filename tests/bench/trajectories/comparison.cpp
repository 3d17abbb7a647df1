#include "comparison.h"

#include <algorithm>

namespace ktrain::trajectories {
namespace {

/// The runs of one table.
class Runs {
 public:
  Runs(const Options& options, const Curves& curves, const std::string& optimizer, double rate)
      : options_(options), momenta_(curves.momenta()), base_(base_optimizer(optimizer, rate)) {}

  const Optimizer& base() const { return *base_; }
  TrainingRun at_base(int seed) const { return at(arm_of("none"), 1, seed); }
  TrainingRun at(const Arm& arm, double kappa, int seed) const {
    return {base_, scaled_by(arm, *base_, momenta_, options_.batch(kappa), options_.noise_scale), seed};
  }
  int base_seeds() const { return std::max(options_.seeds, 2); }

 private:
  const Options& options_;
  const std::vector<double>& momenta_;
  std::shared_ptr<const Optimizer> base_;
};

double seed_distance(const Curves& curves, const Runs& runs) {
  std::vector<double> distances;
  for (int a = 0; a < runs.base_seeds(); ++a) {
    for (int b = 0; b < a; ++b) {
      distances.push_back(distance(curves.of(runs.at_base(a)), curves.of(runs.at_base(b))));
    }
  }
  return mean_of(distances);
}

Row row_of(const Arm& arm, const Curves& curves, const Runs& runs, const Options& options) {
  Row row = {.rule = arm.label, .distances = {}};
  for (const double kappa : options.kappas) {
    std::vector<double>& distances = row.distances.emplace_back();
    for (int seed = 0; seed < options.seeds; ++seed) {
      distances.push_back(distance(curves.of(runs.at(arm, kappa, seed)), curves.of(runs.at_base(seed))));
    }
  }
  return row;
}

/// Beyond kappa 4 the trajectory may be left, but not as far as without a rule.
double part_of_none(const std::string& optimizer, double kappa) {
  if (kappa == 16 && optimizer == "adam") return 0.6;
  return kappa == 8 || kappa == 16 ? 0.5 : 0;
}

std::vector<Verdict> verdicts_of(const Table& table) {
  std::vector<Verdict> verdicts;
  const auto none = std::ranges::find(table.rows, "none", &Row::rule);
  for (const Row& row : table.rows) {
    if (row.rule.rfind("auto", 0) != 0) continue;
    for (std::size_t k = 0; k < table.kappas.size(); ++k) {
      const double kappa = table.kappas[k], part = part_of_none(table.optimizer, kappa);
      if (0.25 <= kappa && kappa <= 4) {
        verdicts.push_back({row.rule, kappa, row.mean(k), table.seed_distance, "the seed-to-seed D"});
      } else if (part > 0 && none != table.rows.end()) {
        verdicts.push_back({row.rule, kappa, row.mean(k), part * none->mean(k),
                            part == 0.5 ? "half of none's" : "0.6 of none's"});
      }
    }
  }
  return verdicts;
}

void plan(const std::vector<Arm>& arms, const Runs& runs, const Options& options, Curves& curves) {
  for (int seed = 0; seed < runs.base_seeds(); ++seed) curves.plan(runs.at_base(seed));
  for (const Arm& arm : arms) {
    for (const double kappa : options.kappas) {
      for (int seed = 0; seed < options.seeds; ++seed) curves.plan(runs.at(arm, kappa, seed));
    }
  }
}

Table table_of(const std::string& optimizer, double rate, const Curves& curves, const Options& options) {
  const Runs runs(options, curves, optimizer, rate);
  Table table = {.optimizer = optimizer,
                 .rate = rate,
                 .learning_rate = runs.base().learning_rate(),
                 .kappas = options.kappas,
                 .seed_distance = seed_distance(curves, runs),
                 .rows = {},
                 .verdicts = {}};
  for (const Arm& arm : arms_for(optimizer, options)) {
    table.rows.push_back(row_of(arm, curves, runs, options));
  }
  if (rate == 1) table.verdicts = verdicts_of(table);
  return table;
}

}  // namespace

double Row::mean(std::size_t kappa) const {
  return mean_of(distances[kappa]);
}

std::vector<Table> compare(const Options& options) {
  Curves curves(options);
  for (const std::string& optimizer : options.optimizers) {
    for (const double rate : options.rates) {
      plan(arms_for(optimizer, options), Runs(options, curves, optimizer, rate), options, curves);
    }
  }
  curves.train();
  std::vector<Table> tables;
  for (const std::string& optimizer : options.optimizers) {
    for (const double rate : options.rates) tables.push_back(table_of(optimizer, rate, curves, options));
  }
  return tables;
}

}  // namespace ktrain::trajectories
