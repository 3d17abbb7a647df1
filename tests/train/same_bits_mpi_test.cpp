// A reproducible run on any number of workers: this group's run and one worker's, bit by bit.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "core/digest.h"
#include "core/parallel.h"
#include "ktrain/comm/communicator.h"
#include "ktrain/keras/architecture.h"
#include "ktrain/optim/optimizer.h"
#include "ktrain/train/evaluate.h"
#include "ktrain/train/trainer.h"
#include "support/mpi_world.h"
#include "train/models.h"
#include "train/reproducible.h"
#include "train/training_cases.h"

namespace ktrain {
namespace {

using testing::step_count;

struct Case : testing::TrainingCase {
  std::int64_t shard = 0;  ///< 0: the default
  std::int64_t bucket_bytes = 1 << 20;
};

void PrintTo(const Case& c, std::ostream* out) {
  PrintTo(static_cast<const testing::TrainingCase&>(c), out);
  *out << " shard " << c.shard << " buckets of " << c.bucket_bytes;
}

/// What a run says of itself, and the digest of its weights after each step.
struct Course {
  std::vector<double> numbers;
  std::vector<std::string> digests;
  bool operator==(const Course&) const = default;
};

void add(Course& course, double loss, const std::vector<NamedValue>& values) {
  course.numbers.push_back(loss);
  for (const NamedValue& value : values) course.numbers.push_back(value.value);
}

Course train(Communicator& communicator, const Case& c) {
  Architecture architecture = testing::load_model(c.model, {.seed = 1});
  OptimizerOptions options{.learning_rate = 1e-3};
  if (c.optimizer == "sgd") options = {.learning_rate = 0.01, .momentum = 0.9};
  options.global_clipnorm = 1.5;
  const auto optimizer = make_optimizer(c.optimizer, options);
  const auto data = testing::training_data(c.global_batch);
  const std::int64_t shard = c.shard > 0 ? c.shard : default_shard(c.global_batch);
  Trainer trainer(communicator, architecture.model, *optimizer, data,
                  {.global_batch = c.global_batch,
                   .shard = shard,
                   .reproducible = true,
                   .seed = 3,
                   .bucket_bytes = c.bucket_bytes});
  Course course;
  for (int step = 0; step < step_count(); ++step) {
    const StepStatistics& statistics = trainer.step();
    add(course, statistics.loss, statistics.metrics);
    course.numbers.push_back(statistics.gradient_norm);
    course.digests.push_back(hex(architecture.model.parameters().digest()));
  }
  const Evaluation evaluation =
      evaluate(communicator, architecture.model, data, ObjectiveOptions(), c.global_batch, shard);
  add(course, evaluation.loss, evaluation.metrics);
  return course;
}

class SameBits : public ::testing::TestWithParam<Case> {
 protected:
  void SetUp() override { set_thread_count(1); }
  void TearDown() override { set_thread_count(threads_); }

 private:
  int threads_ = thread_count();
};

TEST_P(SameBits, OnAnyNumberOfWorkers) {
  Communicator& world = test_world();
  const Course group = train(world, GetParam());
  if (world.rank() != 0) return;
  const auto self = make_self_communicator();
  const Course alone = train(*self, GetParam());
  EXPECT_EQ(group.digests, alone.digests);
  EXPECT_EQ(group.numbers, alone.numbers);
}

/// A few in which each model, optimizer, batch and shard is met; in a long run every combination, too.
std::vector<Case> cases() {
  std::vector<Case> cases{{{"mlp", "sgd", 256}, 32, 1 << 30},
                          {{"mlp", "adam", 250}, 7, 1 << 16},
                          {{"cnn", "adam", 5}},
                          {{"cnn_bn", "adam", 256}, 20},
                          {{"cnn_bn", "sgd", 5}},
                          {{"cnn_bn, penalized", "sgd", 250}},
                          {{"resnet20", "sgd", 20}, 0, 1 << 16}};
  if (step_count() <= 3) return cases;
  for (const testing::TrainingCase& one : testing::training_cases()) cases.push_back({one});
  return cases;
}

INSTANTIATE_TEST_SUITE_P(Models, SameBits, ::testing::ValuesIn(cases()));

}  // namespace
}  // namespace ktrain
