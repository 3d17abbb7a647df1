// What a step does when it cannot be done.
#include "ktrain/train/trainer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "comm/threads/run_ranks.h"
#include "ktrain/keras/architecture.h"
#include "ktrain/optim/learning_rate_schedule.h"
#include "support/expect_error.h"

namespace ktrain {
namespace {

/// 24 samples (3,) with a target (1,); the inputs of one can be spoilt, so that its
/// gradients overflow, and mended.
class SpoilableDataset : public Dataset {
 public:
  std::string name() const override { return "spoilable"; }
  std::int64_t size() const override { return 24; }
  std::span<const FieldSpec> fields() const override { return fields_; }
  void read(std::span<const std::int64_t> indices, std::span<const TensorView> rows) const override {
    for (std::size_t i = 0; i < indices.size(); ++i) {
      const auto sample = static_cast<float>(indices[i]);
      const bool spoilt = indices[i] == spoilt_sample;
      for (std::size_t k = 0; k < 3; ++k) {
        rows[0].data<float>()[3 * i + k] =
            spoilt ? std::numeric_limits<float>::max() : std::sin(sample + static_cast<float>(k));
      }
      rows[1].data<float>()[i] = std::cos(sample);
    }
  }

  std::atomic<std::int64_t> spoilt_sample = -1;

 private:
  std::vector<FieldSpec> fields_ = {{"", FieldSpec::Role::kInput, DType::kFloat32, {3}},
                                    {"", FieldSpec::Role::kTarget, DType::kFloat32, {1}}};
};

constexpr std::string_view kPerceptron =
    R"({"class_name": "Sequential", "config": {"name": "perceptron", "layers": [
  {"class_name": "InputLayer", "config": {"name": "x", "batch_shape": [null, 3], "dtype": "float32"}},
  {"class_name": "Dense", "config": {"name": "hidden", "units": 4}},
  {"class_name": "Dense", "config": {"name": "y", "units": 1}}]}})";

/// One rank's training, steps of 8 of the 24 samples.
struct SpoilableRun {
  SpoilableRun(Communicator& group, std::int64_t spoilt_sample) {
    data->spoilt_sample = spoilt_sample;
    TrainerOptions options = {.global_batch = 8, .seed = 5};
    options.objective = {.losses = {{"mean_squared_error"}}, .metrics = {}};
    trainer.emplace(group, architecture.model, *optimizer, data, options);
  }
  std::vector<float> weights() {
    const auto values = architecture.model.parameters().values();
    return {values.begin(), values.end()};
  }

  std::shared_ptr<SpoilableDataset> data = std::make_shared<SpoilableDataset>();
  Architecture architecture = architecture_from_json(kPerceptron);
  std::unique_ptr<Optimizer> optimizer = make_optimizer("adam");
  std::optional<Trainer> trainer;
};

constexpr std::int64_t kNone = -1;

// 24 samples in steps of 5, a schedule chosen for steps of 8: three a epoch, and a step is 5/8 of one.
TEST(Schedule, CountsStepsOfTheBaseBatch) {
  run_ranks(2, [&](Communicator& group) {
    Architecture architecture = architecture_from_json(kPerceptron);
    OptimizerOptions options;
    options.schedule =
        make_learning_rate_schedule("polynomial_decay:decay_steps=8,end_learning_rate=0", 0.08);
    const auto optimizer = make_optimizer("sgd", options);
    TrainerOptions trainer_options = {.global_batch = 5, .base_batch = 8};
    trainer_options.objective = {{{"mean_squared_error"}}, {}};
    Trainer trainer(group, architecture.model, *optimizer, std::make_shared<SpoilableDataset>(),
                    trainer_options);
    for (const double iteration : {0.0, 0.625, 1.25, 1.875, 2.5, 3.0, 3.625}) {
      trainer.step();
      EXPECT_DOUBLE_EQ(optimizer->learning_rate(), 0.08 * (1 - iteration / 8));
    }
  });
}

constexpr std::string_view kConstrained =
    R"({"class_name": "Sequential", "config": {"name": "constrained", "layers": [
  {"class_name": "InputLayer", "config": {"name": "x", "batch_shape": [null, 3], "dtype": "float32"}},
  {"class_name": "Dense", "config": {"name": "hidden", "units": 4, "trainable": false,
    "kernel_constraint": {"class_name": "NonNeg", "config": {}}}},
  {"class_name": "Dense", "config": {"name": "y", "units": 1,
    "kernel_constraint": {"class_name": "UnitNorm", "config": {"axis": 0}}}}]}})";

TEST(Constraints, HoldAfterEachStepForTrainedVariablesOnly) {
  run_ranks(2, [&](Communicator& group) {
    Architecture architecture = architecture_from_json(kConstrained);
    const auto optimizer = make_optimizer("sgd");
    TrainerOptions options = {.global_batch = 8};
    options.objective = {.losses = {{"mean_squared_error"}}, .metrics = {}};
    FlatParameters& flat = architecture.model.parameters();
    const auto values = [&](std::size_t i) { return flat.value(flat.parameters()[i]).span<float>(); };
    const std::vector<float> frozen(values(0).begin(), values(0).end());
    ASSERT_LT(*std::min_element(frozen.begin(), frozen.end()), 0);
    Trainer trainer(group, architecture.model, *optimizer, std::make_shared<SpoilableDataset>(), options);
    for (int step = 0; step < 3; ++step) {
      trainer.step();
      double squares = 0;
      for (const float w : values(2)) squares += static_cast<double>(w) * static_cast<double>(w);
      EXPECT_NEAR(std::sqrt(squares), 1, 1e-6);
    }
    EXPECT_EQ(std::vector<float>(values(0).begin(), values(0).end()), frozen);
  });
}

class FailedStep : public ::testing::TestWithParam<int> {};

TEST_P(FailedStep, IsDoneByNoRankAndCanBeDoneAgain) {
  std::vector<float> undisturbed;
  run_ranks(GetParam(), [&](Communicator& group) {
    SpoilableRun run(group, kNone);
    for (int i = 0; i < 3; ++i) run.trainer->step();
    if (group.rank() == 0) undisturbed = run.weights();
  });
  run_ranks(GetParam(), [&](Communicator& group) {
    SpoilableRun run(group, 7);
    int failures = 0;
    while (run.trainer->position().step < 3) {
      const std::vector<float> before = run.weights();
      const std::int64_t step = run.trainer->position().step;
      try {
        run.trainer->step();
      } catch (const Error& error) {
        EXPECT_EQ(error.code(), ExitCode::kNonFinite) << error.what();
        EXPECT_EQ(run.weights(), before);
        EXPECT_EQ(run.trainer->position().step, step);
        if (++failures == 2) run.data->spoilt_sample = kNone;
      }
    }
    EXPECT_EQ(failures, 2);
    EXPECT_EQ(run.weights(), undisturbed);
  });
}

TEST_P(FailedStep, SaysWhichWhicheverSampleItWas) {
  for (const std::int64_t spoilt : {0, 11, 23}) {
    testing::expect_error(
        ExitCode::kNonFinite,
        [&] {
          run_ranks(GetParam(), [&](Communicator& group) {
            SpoilableRun run(group, spoilt);
            for (int i = 0; i < 3; ++i) run.trainer->step();
          });
        },
        "step ");
  }
}

INSTANTIATE_TEST_SUITE_P(Ranks, FailedStep, ::testing::Values(1, 2, 3, 5, 8));

}  // namespace
}  // namespace ktrain
