#include "train/training_cases.h"

#include <cstdlib>

namespace ktrain::testing {

std::vector<TrainingCase> training_cases() {
  std::vector<TrainingCase> cases;
  for (const std::int64_t batch : {256, 250, 5}) {
    for (const char* model : {"mlp", "cnn", "cnn_bn"}) {
      for (const char* optimizer : {"sgd", "adam"}) cases.push_back({model, optimizer, batch});
    }
    cases.push_back({"cnn_bn, penalized", "sgd", batch});
  }
  return cases;
}

std::shared_ptr<const Dataset> training_data(std::int64_t global_batch) {
  return slice(open_dataset("idx:/usr/share/datasets/fashion-mnist"), 0, global_batch == 5 ? 128 : 512);
}

int step_count() {
  const char* steps = std::getenv("KTRAIN_STEPS");
  return steps == nullptr ? 3 : std::atoi(steps);
}

}  // namespace ktrain::testing
