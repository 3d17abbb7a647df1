// A global batch that changes within a run: the same run on any number of workers.
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "checkpoint/checkpoint.h"
#include "ktrain/data/dataset.h"
#include "ktrain/keras/architecture.h"
#include "ktrain/train/trainer.h"
#include "support/expect_error.h"
#include "support/mpi_world.h"

namespace ktrain {
namespace {

constexpr const char* kModel = R"({"class_name": "Sequential", "config": {"name": "m", "layers": [
  {"class_name": "InputLayer", "config": {"name": "x", "batch_shape": [null, 4]}},
  {"class_name": "Dense", "config": {"name": "hidden", "units": 6, "activation": "tanh"}},
  {"class_name": "BatchNormalization", "config": {"name": "norm"}},
  {"class_name": "Dense", "config": {"name": "y", "units": 1}}]}})";

std::shared_ptr<const Dataset> data() {
  return open_dataset("synthetic:x=4,targets=1,samples=61");
}

TrainerOptions options(std::int64_t global_batch, std::int64_t shard = 0) {
  return {.global_batch = global_batch,
          .shard = shard,
          .reproducible = shard > 0,
          .any_state_batch = true,
          .seed = 3,
          .objective = {.losses = {{"mean_squared_error"}}, .metrics = {}}};
}

struct Result {
  std::vector<double> losses;
  std::vector<float> weights;
};

std::vector<float> weights_of(const Model& model) {
  const auto values = model.parameters().values();
  return {values.begin(), values.end()};
}

/// In the middle of an epoch to a larger batch, to one of fewer samples than workers, and back.
Result run(Communicator& communicator, std::int64_t shard) {
  Model model = architecture_from_json(kModel, {.seed = 1}).model;
  const auto optimizer = make_optimizer("sgd", {.learning_rate = 0.05, .momentum = 0.9});
  Trainer trainer(communicator, model, *optimizer, data(), options(14, shard));
  Result result;
  for (const std::int64_t batch : {14, 14, 40, 40, 3, 3, 14, 14, 61}) {
    trainer.set_global_batch(batch);
    result.losses.push_back(trainer.step().loss);
  }
  result.weights = weights_of(model);
  return result;
}

TEST(BatchChange, IsTheSameOnAnyNumberOfWorkers) {
  const Result group = run(test_world(), 0), alone = run(*make_self_communicator(), 0);
  for (std::size_t i = 0; i < alone.losses.size(); ++i)
    EXPECT_NEAR(group.losses[i] / alone.losses[i], 1, 1e-5) << i;
  for (std::size_t i = 0; i < alone.weights.size(); ++i)
    EXPECT_NEAR(group.weights[i], alone.weights[i], 1e-5) << i;
}

TEST(BatchChange, HasTheSameBitsWhereThatIsAsked) {
  const Result group = run(test_world(), 2), alone = run(*make_self_communicator(), 2);
  EXPECT_EQ(group.losses, alone.losses);
  EXPECT_EQ(group.weights, alone.weights);
}

// What a trainer at the other batch does from the same state on.
TEST(BatchChange, GoesOnAsARunAtThatBatch) {
  Model changing = architecture_from_json(kModel, {.seed = 1}).model;
  Model other = architecture_from_json(kModel, {.seed = 2}).model;
  const auto optimizer = make_optimizer("adam"), again = make_optimizer("adam");
  Trainer trainer(test_world(), changing, *optimizer, data(), options(14));
  for (int step = 0; step < 3; ++step) trainer.step();
  CheckpointWriter writer;
  trainer.visit_state(writer);
  const std::vector<std::byte> bytes = writer.bytes();
  CheckpointReader reader("checkpoint", bytes);
  Trainer from_there(test_world(), other, *again, data(), options(8));
  from_there.visit_state(reader);
  from_there.broadcast_state();
  EXPECT_EQ(from_there.state_batch(), 14);
  trainer.set_global_batch(8);
  for (int step = 0; step < 4; ++step) {
    const StepStatistics& one = trainer.step();
    const StepStatistics& two = from_there.step();
    EXPECT_EQ(one.loss, two.loss);
    EXPECT_EQ(one.batch, two.batch);
    EXPECT_EQ(one.after.position, two.after.position);
  }
  EXPECT_EQ(from_there.state_batch(), 8);
  EXPECT_EQ(weights_of(changing), weights_of(other));
}

TEST(BatchChange, StatefulLayersKeepTheirs) {
  Model model = architecture_from_json(R"({"class_name": "Sequential", "config": {"name": "m", "layers": [
    {"class_name": "InputLayer", "config": {"name": "x", "batch_shape": [4, 3, 2]}},
    {"class_name": "SimpleRNN", "config": {"name": "memory", "units": 1, "stateful": true}}]}})")
                    .model;
  const auto optimizer = make_optimizer("sgd");
  TrainerOptions fixed = options(4);
  fixed.shuffle = false;
  Trainer trainer(test_world(), model, *optimizer, open_dataset("synthetic:x=3x2,targets=1,samples=12"),
                  fixed);
  testing::expect_error(
      ExitCode::kConfiguration, [&] { trainer.set_global_batch(6); },
      "layer 'memory' (SimpleRNN) is stateful");
}

}  // namespace
}  // namespace ktrain
