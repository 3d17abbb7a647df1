#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "ktrain/data/dataset.h"
#include "ktrain/optim/optimizer.h"
#include "options.h"
#include "scaling/scale_run.h"

namespace ktrain::trajectories {

/// The loss after every interval; infinite from where a run failed on.
using Curve = std::vector<double>;

double mean_of(const std::vector<double>& values);

/// Mean over the measuring points from the second on of |ln(a / b)|.
double distance(const Curve& a, const Curve& b);

/// A training run, which its numbers, batch and seed decide.
struct TrainingRun {
  std::shared_ptr<const Optimizer> base;  ///< with the numbers of the base batch
  ScaledRun scaled;
  int seed;
};

/// The loss curves of runs, each trained once however often it is asked for.
class Curves {
 public:
  /// Throws Error when the data or the model's file are missing.
  explicit Curves(const Options& options);

  /// Of the model's BatchNormalization layers.
  const std::vector<double>& momenta() const { return momenta_; }

  void plan(const TrainingRun& run);
  /// Trains what was planned.
  void train();
  /// Of a run that was planned and trained.
  const Curve& of(const TrainingRun& run) const;

 private:
  using Key = std::vector<double>;
  static Key key_of(const TrainingRun& run);
  Curve trained(const TrainingRun& run) const;

  const Options& options_;
  std::string description_;
  std::vector<double> momenta_;
  std::shared_ptr<const Dataset> training_, measured_;
  std::map<Key, TrainingRun> planned_;
  std::map<Key, Curve> curves_;
};

}  // namespace ktrain::trajectories
