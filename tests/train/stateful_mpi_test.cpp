// Stateful layers: row r of a global batch goes on where row r of the one before ended, on any number of
// workers.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "checkpoint/checkpoint.h"
#include "core/parallel.h"
#include "ktrain/comm/communicator.h"
#include "ktrain/keras/architecture.h"
#include "ktrain/optim/optimizer.h"
#include "ktrain/train/evaluate.h"
#include "ktrain/train/trainer.h"
#include "support/expect_error.h"
#include "support/mpi_world.h"

namespace ktrain {
namespace {

constexpr std::int64_t kBatch = 6, kTime = 4, kBatches = 5;

/// Six long waves, cut into pieces of four steps: sample b·6 + r is piece b of wave r.
class Waves : public Dataset {
 public:
  explicit Waves(std::int64_t size = kBatch * kBatches) : size_(size) {}
  std::string name() const override { return "waves"; }
  std::int64_t size() const override { return size_; }
  std::span<const FieldSpec> fields() const override { return fields_; }
  void read(std::span<const std::int64_t> indices, std::span<const TensorView> rows) const override {
    for (std::size_t i = 0; i < indices.size(); ++i) {
      const std::int64_t wave = indices[i] % kBatch, piece = indices[i] / kBatch;
      const auto value = [&](std::int64_t t) {
        return std::sin(static_cast<float>((piece * kTime + t) * (wave + 2)) * 0.3F);
      };
      for (std::int64_t t = 0; t < kTime; ++t) {
        rows[0].data<float>()[static_cast<std::int64_t>(i) * kTime + t] = value(t);
      }
      rows[1].data<float>()[i] = value(kTime);
    }
  }

 private:
  std::int64_t size_;
  std::vector<FieldSpec> fields_ = {{"waves", FieldSpec::Role::kInput, DType::kFloat32, {kTime, 1}},
                                    {"dense", FieldSpec::Role::kTarget, DType::kFloat32, {1}}};
};

std::string layer(const std::string& class_name, const std::string& arguments) {
  return R"({"class_name": ")" + class_name + R"(", "config": {)" + arguments + "}}";
}

Model make_model() {
  const std::string json =
      R"({"class_name": "Sequential", "config": {"name": "waves", "layers": [)" +
      layer("InputLayer", R"("batch_shape": [6, 4, 1], "name": "waves")") + ", " +
      layer("LSTM", R"("name": "lstm", "units": 5, "return_sequences": true, "stateful": true)") + ", " +
      layer("GRU", R"("name": "gru", "units": 4, "stateful": true)") + ", " +
      layer("Dense", R"("name": "dense", "units": 1)") + "]}}";
  return architecture_from_json(json, {.seed = 3}).model;
}

struct Course {
  std::vector<double> losses;
  std::vector<float> weights;
  double evaluation = 0;
};

/// Two epochs with an evaluation between them, which goes on with the states, too.
Course train(Communicator& communicator, std::int64_t shard, bool reset, bool reproducible = false) {
  Model model = make_model();
  const auto optimizer = make_optimizer("sgd", {.learning_rate = 0.1});
  const auto data = std::make_shared<Waves>();
  const ObjectiveOptions objective{{{.name = "mean_squared_error"}}, {}};
  Trainer trainer(communicator, model, *optimizer, data,
                  {.global_batch = kBatch,
                   .shard = shard,
                   .reproducible = reproducible,
                   .shuffle = false,
                   .reset_states = reset,
                   .objective = objective});
  Course course;
  for (std::int64_t step = 0; step < 2 * kBatches; ++step) {
    course.losses.push_back(trainer.step().loss);
    if (step + 1 != kBatches) continue;
    course.evaluation = evaluate(communicator, model, data, objective, kBatch, reproducible ? shard : 0).loss;
  }
  const auto values = model.parameters().values();
  course.weights.assign(values.begin(), values.end());
  return course;
}

void expect_alike(const Course& a, const Course& b) {
  for (std::size_t i = 0; i < a.losses.size(); ++i) EXPECT_NEAR(a.losses[i] / b.losses[i], 1, 2e-6) << i;
  for (std::size_t i = 0; i < a.weights.size(); ++i) EXPECT_NEAR(a.weights[i], b.weights[i], 2e-6) << i;
  EXPECT_NEAR(a.evaluation / b.evaluation, 1, 2e-6);
}

TEST(Stateful, TheSameRunOnAnyNumberOfWorkers) {
  const auto self = make_self_communicator();
  for (const bool reset : {false, true}) {
    const Course alone = train(*self, 0, reset);
    expect_alike(train(test_world(), 0, reset), alone);
    expect_alike(train(test_world(), 4, reset), alone);
  }
}

TEST(Stateful, TheSameBitsWhereTheRunIsReproducible) {
  const int threads = thread_count();
  set_thread_count(1);
  const auto self = make_self_communicator();
  for (const std::int64_t shard : {1, 4}) {
    const Course alone = train(*self, shard, false, true), group = train(test_world(), shard, false, true);
    EXPECT_EQ(group.losses, alone.losses);
    EXPECT_EQ(group.weights, alone.weights);
    EXPECT_EQ(group.evaluation, alone.evaluation);
  }
  set_thread_count(threads);
}

TEST(Stateful, ResettingMakesADifference) {
  const auto self = make_self_communicator();
  const Course going_on = train(*self, 0, false), reset = train(*self, 0, true);
  EXPECT_EQ(going_on.losses[kBatches - 1], reset.losses[kBatches - 1]);
  EXPECT_NE(going_on.losses[kBatches], reset.losses[kBatches]);
}

TEST(Stateful, ACheckpointHoldsTheStatesOfAllRows) {
  const auto data = std::make_shared<Waves>();
  const TrainerOptions options{
      .global_batch = kBatch, .shuffle = false, .objective = {{{.name = "mean_squared_error"}}, {}}};
  const auto sgd = [] { return make_optimizer("sgd", {.learning_rate = 0.1}); };
  Model model = make_model(), resumed = make_model();
  const auto optimizer = sgd(), again = sgd();
  Trainer trainer(test_world(), model, *optimizer, data, options);
  for (int step = 0; step < 3; ++step) trainer.step();
  trainer.gather_states();
  CheckpointWriter writer;
  trainer.visit_state(writer);

  // Resumed by one worker alone.
  const auto self = make_self_communicator();
  Trainer other(*self, resumed, *again, data, options);
  const std::vector<std::byte> bytes = writer.bytes();
  CheckpointReader reader("checkpoint", bytes);
  other.visit_state(reader);
  other.broadcast_state();
  for (int step = 0; step < 3; ++step) {
    EXPECT_NEAR(trainer.step().loss / other.step().loss, 1, 2e-6) << step;
  }
}

TEST(Stateful, OtherBatchesAreRefused) {
  Model model = make_model();
  const auto optimizer = make_optimizer("sgd", {.learning_rate = 0.1});
  const auto make = [&](std::int64_t samples, std::int64_t batch, bool shuffle,
                        Stratify stratify = Stratify::kOff) {
    Trainer trainer(test_world(), model, *optimizer, std::make_shared<Waves>(samples),
                    {.global_batch = batch,
                     .shuffle = shuffle,
                     .stratify = stratify,
                     .objective = {{{.name = "mse"}}, {}}});
  };
  const std::string layer = "layer 'lstm' (LSTM) is stateful: ";
  testing::expect_error(
      ExitCode::kConfiguration, [&] { make(30, 5, false); },
      layer + "the global batch must be 6, which the model fixes, not 5");
  testing::expect_error(
      ExitCode::kConfiguration, [&] { make(31, 6, false); },
      layer + "the number of samples must be a multiple of 6, and 31 is none");
  testing::expect_error(
      ExitCode::kConfiguration, [&] { make(30, 6, true); },
      layer + "samples must come in their own order (--shuffle off, --stratify off)");
  testing::expect_error(
      ExitCode::kConfiguration, [&] { make(30, 6, false, Stratify::kBalanced); }, layer + "samples must");
}

}  // namespace
}  // namespace ktrain
