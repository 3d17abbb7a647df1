// What a step does when it cannot be done.
#include "ktrain/train/trainer.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cmath>
#include <fstream>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "comm/threads/run_ranks.h"
#include "ktrain/keras/architecture.h"
#include "support/expect_error.h"
#include "support/temporary_folder.h"

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

Architecture perceptron() {
  const testing::TemporaryFolder folder;
  const std::string file = folder / "perceptron.json";
  std::ofstream(file) << R"({"class_name": "Sequential", "config": {"name": "perceptron", "layers": [
      {"class_name": "InputLayer", "config": {"name": "x", "batch_shape": [null, 3], "dtype": "float32"}},
      {"class_name": "Dense", "config": {"name": "hidden", "units": 4}},
      {"class_name": "Dense", "config": {"name": "y", "units": 1}}]}})";
  return load_architecture(file);
}

std::vector<float> weights_of(Model& model) {
  const auto values = model.parameters().values();
  return {values.begin(), values.end()};
}

TrainerOptions options() {
  return {.global_batch = 8,
          .seed = 5,
          .objective = {.loss = "mean_squared_error", .loss_options = {}, .metrics = {}}};
}

TEST(Trainer, DoesAStepThatFailedAgainAndOnNoRankByHalf) {
  std::vector<float> undisturbed;
  run_ranks(1, [&](Communicator& group) {
    Architecture architecture = perceptron();
    const auto optimizer = make_optimizer("adam");
    Trainer trainer(group, architecture.model, *optimizer, std::make_shared<SpoilableDataset>(), options());
    for (int i = 0; i < 3; ++i) trainer.step();
    undisturbed = weights_of(architecture.model);
  });
  // Whichever rank has the sample: all fail, none has moved, and the step can be tried again.
  run_ranks(1, [&](Communicator& group) {
    const auto data = std::make_shared<SpoilableDataset>();
    data->spoilt_sample = 7;
    Architecture architecture = perceptron();
    const auto optimizer = make_optimizer("adam");
    Trainer trainer(group, architecture.model, *optimizer, data, options());
    int failures = 0;
    while (trainer.position().step < 3) {
      const std::vector<float> before = weights_of(architecture.model);
      const TrainingPosition position = trainer.position();
      try {
        trainer.step();
      } catch (const Error& error) {
        EXPECT_EQ(error.code(), ExitCode::kNonFinite) << error.what();
        EXPECT_EQ(weights_of(architecture.model), before);
        EXPECT_EQ(trainer.position().step, position.step);
        if (++failures == 2) data->spoilt_sample = -1;
      }
    }
    EXPECT_EQ(failures, 2);
    EXPECT_EQ(weights_of(architecture.model), undisturbed);
  });
}

TEST(Trainer, FailsOnAllRanksWhenAGradientIsNotFinite) {
  for (const std::int64_t spoilt : {0, 11, 23}) {
    testing::expect_error(
        ExitCode::kNonFinite,
        [&] {
          run_ranks(3, [&](Communicator& group) {
            const auto data = std::make_shared<SpoilableDataset>();
            data->spoilt_sample = spoilt;
            Architecture architecture = perceptron();
            const auto optimizer = make_optimizer("sgd");
            Trainer trainer(group, architecture.model, *optimizer, data, options());
            for (int i = 0; i < 3; ++i) trainer.step();
          });
        },
        "step ");
  }
}

}  // namespace
}  // namespace ktrain
