// Stratified orders: the same run on any number of workers, and from the middle of an epoch on.
#include <gtest/gtest.h>

#include <cmath>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "checkpoint/checkpoint.h"
#include "ktrain/keras/architecture.h"
#include "support/expect_error.h"
#include "support/mpi_world.h"
#include "train/course.h"

namespace ktrain {
namespace {

constexpr std::int64_t kFeatures = 4;

/// 61 samples, each seventh of class 2, the others of class 0 or, of every fourth, 1.
class Uneven final : public Dataset {
 public:
  std::string name() const override { return "uneven"; }
  std::int64_t size() const override { return 61; }
  std::span<const FieldSpec> fields() const override { return fields_; }
  void read(std::span<const std::int64_t> indices, std::span<const TensorView> rows) const override {
    for (std::size_t i = 0; i < indices.size(); ++i) {
      for (std::int64_t k = 0; k < kFeatures; ++k) {
        rows[0].data<float>()[static_cast<std::int64_t>(i) * kFeatures + k] =
            std::sin(static_cast<float>(indices[i] * 7 + k));
      }
      rows[1].data<std::int64_t>()[i] = indices[i] % 7 == 0 ? 2 : indices[i] % 4 == 0 ? 1 : 0;
    }
  }

 private:
  std::vector<FieldSpec> fields_ = {{"", FieldSpec::Role::kInput, DType::kFloat32, {kFeatures}},
                                    {"", FieldSpec::Role::kTarget, DType::kInt64, {}}};
};

constexpr std::string_view kModel =
    R"({"class_name": "Sequential", "config": {"name": "m", "layers": [
  {"class_name": "InputLayer", "config": {"name": "x", "batch_shape": [null, 4]}},
  {"class_name": "Dense", "config": {"name": "y", "units": 3, "activation": "softmax"}}]}})";

Model model() {
  return architecture_from_json(std::string(kModel), {.seed = 1}).model;
}

TrainerOptions options(Stratify stratify) {
  return {.global_batch = 14,
          .seed = 3,
          .stratify = stratify,
          .objective = {.losses = {{"sparse_categorical_crossentropy"}}}};
}

class Stratified : public ::testing::TestWithParam<Stratify> {};

// Five steps an epoch, the last of 5 samples.
TEST_P(Stratified, IsTheSameOnAnyNumberOfWorkers) {
  const auto run = [](Communicator& communicator) {
    Model own = model();
    return run_course(communicator, own, 0.05, std::make_shared<Uneven>(), options(GetParam()));
  };
  const Course group = run(test_world());
  const auto self = make_self_communicator();
  expect_same_course(group, run(*self), 1e-5);
}

TEST_P(Stratified, GoesOnAtTheExactSample) {
  const auto data = std::make_shared<Uneven>();
  Model whole = model(), resumed = model();
  const auto optimizer = make_optimizer("adam"), again = make_optimizer("adam");
  Trainer trainer(test_world(), whole, *optimizer, data, options(GetParam()));
  for (int step = 0; step < 8; ++step) trainer.step();
  CheckpointWriter writer;
  trainer.visit_state(writer);
  const auto self = make_self_communicator();
  Trainer other(*self, resumed, *again, data, options(GetParam()));
  const std::vector<std::byte> bytes = writer.bytes();
  CheckpointReader reader("checkpoint", bytes);
  other.visit_state(reader);
  other.broadcast_state();
  for (int step = 0; step < 4; ++step) {
    EXPECT_NEAR(trainer.step().loss / other.step().loss, 1, 1e-5) << step;
  }
}

TEST_P(Stratified, OnlyContinuesItsOwnOrder) {
  const auto data = std::make_shared<Uneven>();
  Model own = model();
  const auto optimizer = make_optimizer("sgd");
  Trainer trainer(test_world(), own, *optimizer, data, options(Stratify::kOff));
  CheckpointWriter writer;
  trainer.visit_state(writer);
  const std::vector<std::byte> bytes = writer.bytes();
  CheckpointReader reader("checkpoint", bytes);
  Trainer other(test_world(), own, *optimizer, data, options(GetParam()));
  testing::expect_error(
      ExitCode::kConfiguration, [&] { other.visit_state(reader); },
      "the checkpoint was written with stratify 0, this run has ");
}

INSTANTIATE_TEST_SUITE_P(Modes, Stratified, ::testing::Values(Stratify::kProportional, Stratify::kBalanced));

}  // namespace
}  // namespace ktrain
