// The gradient noise scale as a trainer measures it: against the gradients of single samples in closed form,
// and the same on any number of workers.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "checkpoint/checkpoint.h"
#include "core/digest.h"
#include "core/parallel.h"
#include "ktrain/comm/communicator.h"
#include "ktrain/keras/architecture.h"
#include "ktrain/optim/optimizer.h"
#include "ktrain/train/trainer.h"
#include "scaling/noise_scale.h"
#include "support/expect_error.h"
#include "support/mpi_world.h"
#include "train/models.h"
#include "train/reproducible.h"
#include "train/training_cases.h"

namespace ktrain {
namespace {

constexpr std::int64_t kFeatures = 3, kSamples = 207;

/// A plane and what does not lie on it.
struct Sample {
  std::array<float, kFeatures> x = {};
  float y = 0;
};

Sample sample(std::int64_t index) {
  const auto i = static_cast<double>(index);
  Sample one;
  for (std::size_t k = 0; k < one.x.size(); ++k) {
    one.x[k] = static_cast<float>(std::sin(i * 7.1 + static_cast<double>(k) * 2.3));
  }
  one.y = static_cast<float>(0.5 + 0.8 * one.x[0] - 0.4 * one.x[2] + 0.9 * std::sin(i * i * 1.7));
  return one;
}

class Plane final : public Dataset {
 public:
  explicit Plane(std::int64_t size = kSamples) : size_(size) {}
  std::string name() const override { return "plane"; }
  std::int64_t size() const override { return size_; }
  std::span<const FieldSpec> fields() const override { return fields_; }
  void read(std::span<const std::int64_t> indices, std::span<const TensorView> rows) const override {
    for (std::size_t i = 0; i < indices.size(); ++i) {
      const Sample one = sample(indices[i]);
      for (std::size_t k = 0; k < one.x.size(); ++k) rows[0].data<float>()[i * one.x.size() + k] = one.x[k];
      rows[1].data<float>()[i] = one.y;
    }
  }

 private:
  std::int64_t size_;
  std::vector<FieldSpec> fields_ = {{"", FieldSpec::Role::kInput, DType::kFloat32, {kFeatures}},
                                    {"", FieldSpec::Role::kTarget, DType::kFloat32, {1}}};
};

/// Its regularizers are none of the measurement's.
Model linear_model() {
  return architecture_from_json(R"({"class_name": "Sequential", "config": {"name": "m", "layers": [
    {"class_name": "InputLayer", "config": {"name": "x", "batch_shape": [null, 3]}},
    {"class_name": "Dense", "config": {"name": "y", "units": 1, "kernel_regularizer":
      {"class_name": "L2", "config": {"l2": 0.3}}}}]}})",
                                {.seed = 1})
      .model;
}

/// d (w·x + b - y)² / d (w, b) of one sample.
using Gradient = std::array<double, kFeatures + 1>;

Gradient gradient_of(const Model& model, std::int64_t index) {
  const auto weights = model.parameters().values();
  const Sample one = sample(index);
  double error = static_cast<double>(weights[kFeatures]) - static_cast<double>(one.y);
  for (std::size_t k = 0; k < one.x.size(); ++k) error += static_cast<double>(weights[k]) * one.x[k];
  Gradient gradient;
  gradient.fill(2 * error);
  for (std::size_t k = 0; k < one.x.size(); ++k) gradient[k] *= static_cast<double>(one.x[k]);
  return gradient;
}

/// |mean gradient|² of the samples [begin, end).
double squared_norm(const Model& model, std::int64_t begin, std::int64_t end) {
  Gradient sum = {};
  for (std::int64_t i = begin; i < end; ++i) {
    const Gradient gradient = gradient_of(model, i);
    for (std::size_t k = 0; k < sum.size(); ++k) sum[k] += gradient[k] / static_cast<double>(end - begin);
  }
  double square = 0;
  for (const double value : sum) square += value * value;
  return square;
}

/// From the pieces of `piece` samples of [0, end).
NoiseEstimate direct_estimate(const Model& model, std::int64_t end, std::int64_t piece) {
  std::vector<GradientPiece> pieces;
  for (std::int64_t i = 0; i < end; i += piece) {
    const std::int64_t last = std::min(i + piece, end);
    pieces.push_back({static_cast<double>(last - i), squared_norm(model, i, last)});
  }
  return estimate_noise(pieces, squared_norm(model, 0, end)).value();
}

TrainerOptions options_of(std::int64_t batch, std::int64_t every) {
  return {.global_batch = batch,
          .seed = 3,
          .objective = {.losses = {{"mse"}}},
          .noise = {.every_samples = every}};
}

void expect_near(double value, double expected, double tolerance) {
  EXPECT_NEAR(value, expected, tolerance * std::abs(expected));
}

// Pieces of ceil(20 / 8) = 3 samples, the last of 2.
TEST(NoiseMeter, EstimatesFromThePiecesOfABatch) {
  Model model = linear_model();
  const NoiseEstimate expected = direct_estimate(model, 20, 3);
  TrainerOptions options = options_of(20, 1);
  options.shuffle = false;
  const auto optimizer = make_optimizer("sgd");
  Trainer trainer(test_world(), model, *optimizer, std::make_shared<Plane>(), options);
  EXPECT_FALSE(trainer.noise_scale());
  const std::optional<NoiseScale> noise = trainer.step().noise;
  ASSERT_TRUE(noise);
  expect_near(noise->square, expected.square, 1e-5);
  expect_near(noise->trace, expected.trace, 1e-5);
  expect_near(noise->value.value(), expected.trace / expected.square, 1e-5);
  EXPECT_EQ(noise->measurements, 1);
  EXPECT_FALSE(noise->biased);
  EXPECT_FALSE(noise->low);
}

// All batches of some epochs, and all samples one by one: the expectations are the same.
TEST(NoiseMeter, AgreesWithTheGradientsOfSingleSamples) {
  Model model = linear_model();
  const std::uint64_t digest = model.parameters().digest();
  TrainerOptions options = options_of(20, 1);
  options.noise.momentum = 1;
  options.update = false;
  const auto optimizer = make_optimizer("sgd");
  Trainer trainer(test_world(), model, *optimizer, std::make_shared<Plane>(), options);
  for (std::int64_t step = 0; step < 3 * trainer.steps_per_epoch(); ++step) trainer.step();
  EXPECT_EQ(model.parameters().digest(), digest);
  const NoiseEstimate direct = direct_estimate(model, kSamples, 1);
  const NoiseScale noise = trainer.noise_scale().value();
  EXPECT_EQ(noise.measurements, 30);  // not the last batches of 7
  expect_near(noise.square, direct.square, 0.2);
  expect_near(noise.trace, direct.trace, 0.1);
  const double phi = direct.trace / direct.square;
  EXPECT_LE(noise.low.value(), phi);
  EXPECT_GE(noise.high.value(), phi);
  EXPECT_LT(noise.high.value() - noise.low.value(), 0.8 * phi);
}

// A batch in one shard: with the next one, of the same weights at a learning rate of 0.
TEST(NoiseMeter, PairsStepsOfASinglePiece) {
  Model model = linear_model();
  TrainerOptions options = options_of(20, 80);
  options.shard = 20;
  options.shuffle = false;
  const auto optimizer = make_optimizer("sgd", {.learning_rate = 0});
  Trainer trainer(test_world(), model, *optimizer, std::make_shared<Plane>(), options);
  EXPECT_FALSE(trainer.step().noise);
  const std::optional<NoiseScale> noise = trainer.step().noise;
  ASSERT_TRUE(noise);
  const NoiseEstimate expected = direct_estimate(model, 40, 20);
  expect_near(noise->square, expected.square, 1e-5);
  expect_near(noise->trace, expected.trace, 1e-5);
  EXPECT_TRUE(noise->biased);
  for (const bool measured : {false, false, false, true, false}) {
    EXPECT_EQ(trainer.step().noise.has_value(), measured);
  }
}

TEST(NoiseMeter, MeasuresOnceInSoManySamples) {
  Model model = linear_model();
  const auto optimizer = make_optimizer("sgd");
  Trainer trainer(test_world(), model, *optimizer, std::make_shared<Plane>(), options_of(20, 50));
  // Samples 0 to 206 and 207 to 413, the last 7 of each in a batch that is not whole.
  for (int step = 0; step < 22; ++step) {
    const std::int64_t begin = trainer.position().samples;
    const StepStatistics& statistics = trainer.step();
    const bool expected = (begin + 49) / 50 * 50 < statistics.after.samples && statistics.batch == 20;
    EXPECT_EQ(statistics.noise.has_value(), expected) << step;
  }
  EXPECT_EQ(trainer.noise_scale().value().measurements, 8);  // 0, 50, …, 400 but for 200
}

/// What a run says, with and without measurements.
struct Course {
  std::vector<double> losses;
  std::vector<double> noise;
  std::vector<float> weights;
};

Course train(Communicator& communicator, const testing::TrainingCase& c, const TrainerOptions& options) {
  Architecture architecture = testing::load_model(c.model, {.seed = 1});
  const auto optimizer = make_optimizer("sgd", {.learning_rate = 0.01, .momentum = 0.9, .clipnorm = 0.5});
  Trainer trainer(communicator, architecture.model, *optimizer, testing::training_data(c.global_batch),
                  options);
  Course course;
  for (int step = 0; step < 5; ++step) {
    const StepStatistics& statistics = trainer.step();
    course.losses.push_back(statistics.loss);
    if (!statistics.noise) continue;
    for (const double value : {statistics.noise->square, statistics.noise->trace})
      course.noise.push_back(value);
  }
  const auto values = architecture.model.parameters().values();
  course.weights.assign(values.begin(), values.end());
  return course;
}

class Measured : public ::testing::TestWithParam<testing::TrainingCase> {
 protected:
  void SetUp() override { set_thread_count(1); }
  void TearDown() override { set_thread_count(threads_); }

  static TrainerOptions options(std::int64_t every) {
    return {.global_batch = GetParam().global_batch, .seed = 3, .noise = {.every_samples = every}};
  }

 private:
  int threads_ = thread_count();
};

TEST_P(Measured, IsTheSameOnAnyNumberOfWorkersAndChangesNothing) {
  const testing::TrainingCase& c = GetParam();
  const Course group = train(test_world(), c, options(2 * c.global_batch));
  if (test_world().rank() != 0) return;
  const auto self = make_self_communicator();
  const Course alone = train(*self, c, options(2 * c.global_batch)), plain = train(*self, c, options(0));
  ASSERT_GE(alone.noise.size(), 2U);
  EXPECT_TRUE(plain.noise.empty());
  ASSERT_EQ(group.noise.size(), alone.noise.size());
  for (std::size_t i = 0; i < alone.noise.size(); ++i) {
    // |G|² is a difference: its rounding is that of tr(Sigma) / B.
    const double size =
        i % 2 == 1 ? alone.noise[i] : alone.noise[i + 1] / static_cast<double>(c.global_batch);
    EXPECT_NEAR(group.noise[i], alone.noise[i], 2e-4 * (std::abs(size) + std::abs(alone.noise[i]))) << i;
  }
  for (const Course* course : {&group, &alone}) {
    for (std::size_t i = 0; i < plain.losses.size(); ++i) {
      expect_near(course->losses[i], plain.losses[i], 1e-5);
    }
    for (std::size_t i = 0; i < plain.weights.size(); ++i) {
      ASSERT_NEAR(course->weights[i], plain.weights[i], 2e-5) << i;
    }
  }
}

TEST_P(Measured, KeepsTheBitsOfAReproducibleRun) {
  const testing::TrainingCase& c = GetParam();
  const auto reproducible = [&](std::int64_t every) {
    TrainerOptions bits = options(every);
    bits.reproducible = true;
    bits.shard = default_shard(c.global_batch);
    return bits;
  };
  const Course group = train(test_world(), c, reproducible(2 * c.global_batch));
  if (test_world().rank() != 0) return;
  const auto self = make_self_communicator();
  const Course alone = train(*self, c, reproducible(2 * c.global_batch)),
               plain = train(*self, c, reproducible(0));
  EXPECT_EQ(group.noise, alone.noise);
  EXPECT_EQ(group.losses, plain.losses);
  EXPECT_EQ(group.weights, plain.weights);
  EXPECT_EQ(alone.weights, plain.weights);
}

INSTANTIATE_TEST_SUITE_P(Models, Measured,
                         ::testing::Values(testing::TrainingCase{"mlp", "sgd", 250},
                                           testing::TrainingCase{"cnn_bn", "sgd", 100},
                                           testing::TrainingCase{"cnn_bn, penalized", "sgd", 5}));

/// The trainer of another number of workers goes on from `before`.
void expect_to_go_on(const TrainerOptions& options, int before) {
  const auto data = std::make_shared<Plane>();
  Model whole = linear_model(), resumed = linear_model();
  const auto optimizer = make_optimizer("adam"), again = make_optimizer("adam");
  Trainer trainer(test_world(), whole, *optimizer, data, options);
  for (int step = 0; step < before; ++step) trainer.step();
  CheckpointWriter writer;
  trainer.visit_state(writer);
  const std::vector<std::byte> bytes = writer.bytes();
  const auto self = make_self_communicator();
  Trainer other(*self, resumed, *again, data, options);
  CheckpointReader reader("checkpoint", bytes);
  other.visit_state(reader);
  reader.finish();
  other.broadcast_state();
  for (int step = 0; step < 9; ++step) {
    const std::optional<NoiseScale> a = trainer.step().noise, b = other.step().noise;
    ASSERT_EQ(a.has_value(), b.has_value()) << step;
    if (!a) continue;
    expect_near(a->square, b->square, 1e-4);
    expect_near(a->trace, b->trace, 1e-4);
    EXPECT_EQ(a->measurements, b->measurements);
    EXPECT_EQ(a->biased, b->biased);
    ASSERT_EQ(a->low.has_value(), b->low.has_value());
    EXPECT_NEAR(a->low.value_or(0), b->low.value_or(0), 1e-3 * b->value.value_or(1));
  }
}

TEST(NoiseMeter, GoesOnFromACheckpoint) {
  expect_to_go_on(options_of(20, 30), 7);
  TrainerOptions pairs = options_of(20, 80);
  pairs.shard = 20;
  expect_to_go_on(pairs, 5);  // between the two steps of a pair
}

// One that measured nothing, or a run that does not any more.
TEST(NoiseMeter, BeginsAndCeasesWithACheckpoint) {
  const auto data = std::make_shared<Plane>();
  const auto optimizer = make_optimizer("sgd"), again = make_optimizer("sgd");
  for (const std::int64_t every : {0, 20}) {
    Model before = linear_model(), after = linear_model();
    Trainer trainer(test_world(), before, *optimizer, data, options_of(20, every));
    trainer.step();
    CheckpointWriter writer;
    trainer.visit_state(writer);
    const std::vector<std::byte> bytes = writer.bytes();
    Trainer other(test_world(), after, *again, data, options_of(20, 20 - every));
    CheckpointReader reader("checkpoint", bytes);
    other.visit_state(reader);
    reader.finish();
    other.broadcast_state();
    const StepStatistics& next = other.step();
    EXPECT_EQ(next.noise.has_value(), every == 0);
    EXPECT_EQ(next.noise.value_or(NoiseScale()).measurements, every == 0 ? 1 : 0);
  }
}

void expect_refused(const std::string& json, const ArchitectureOptions& how, std::int64_t shard,
                    const std::string& why) {
  Model model = architecture_from_json(json, how).model;
  const auto optimizer = make_optimizer("sgd");
  TrainerOptions options = options_of(20, 20);
  options.shard = shard;
  options.shuffle = false;
  testing::expect_error(
      ExitCode::kConfiguration,
      [&] { Trainer(test_world(), model, *optimizer, std::make_shared<Plane>(200), options); },
      "the noise scale cannot be measured with layer", why);
}

TEST(NoiseMeter, RefusesLayersWhoseStepHangsOnTheShards) {
  const std::string begin = R"({"class_name": "Sequential", "config": {"name": "m", "layers": [
    {"class_name": "InputLayer", "config": {"name": "x", "batch_shape": [20, 3]}},)";
  const std::string end = R"({"class_name": "Dense", "config": {"name": "y", "units": 1}}]}})";
  expect_refused(begin + R"({"class_name": "BatchNormalization", "config": {"name": "norm"}},)" + end,
                 {.seed = 1, .statistics = BatchStatistics::kLocal}, 5,
                 "'norm' (BatchNormalization), whose statistics are each worker's own");
  expect_refused(begin + R"({"class_name": "Reshape", "config": {"name": "time", "target_shape": [3, 1]}},
                            {"class_name": "LSTM", "config": {"name": "lstm", "units": 2, "stateful": true}},)" +
                     end,
                 {.seed = 1}, 0, "'lstm' (LSTM), whose states stay with a worker");
}

}  // namespace
}  // namespace ktrain
