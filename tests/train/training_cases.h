#pragma once

#include <cstdint>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "ktrain/data/dataset.h"

namespace ktrain::testing {

/// A short training run.
struct TrainingCase {
  std::string model;  ///< as load_model takes it
  std::string optimizer;
  std::int64_t global_batch;
};

inline void PrintTo(const TrainingCase& c, std::ostream* out) {
  *out << c.model << " " << c.optimizer << " batch " << c.global_batch;
}

/// The models with SGD and Adam, at global batches that divide among workers and that do not.
std::vector<TrainingCase> training_cases();

/// Few samples, so that the run soon meets a short last batch: 512 = 2·250 + 12, 128 = 25·5 + 3.
std::shared_ptr<const Dataset> training_data(std::int64_t global_batch);

/// Steps to run: KTRAIN_STEPS, else a few.
int step_count();

}  // namespace ktrain::testing
