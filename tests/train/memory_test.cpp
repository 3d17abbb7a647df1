// The steady state of training takes no memory.
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "core/parallel.h"
#include "ktrain/comm/communicator.h"
#include "ktrain/keras/architecture.h"
#include "ktrain/optim/optimizer.h"
#include "ktrain/train/trainer.h"
#include "support/own_allocations.h"

#ifdef __SANITIZE_ADDRESS__
extern "C" std::size_t __sanitizer_get_current_allocated_bytes();
#endif

namespace ktrain {
namespace {

/// A run alone, on `samples` images.
class TrainingRun {
 public:
  TrainingRun(Architecture architecture, std::int64_t samples, const TrainerOptions& options,
              const std::string& optimizer = "adam", const std::string& images = "28x28x1")
      : architecture_(std::move(architecture)),
        optimizer_(make_optimizer(optimizer)),
        trainer_(*group_, architecture_.model, *optimizer_,
                 open_dataset("synthetic:images=" + images + ",samples=" + std::to_string(samples)),
                 options) {}

  void steps(std::int64_t count) {
    for (std::int64_t i = 0; i < count; ++i) {
      trainer_.step();
      trainer_.epoch_statistics();
    }
  }

 private:
  std::unique_ptr<Communicator> group_ = make_self_communicator();
  Architecture architecture_;
  std::unique_ptr<Optimizer> optimizer_;
  Trainer trainer_;
};

class SteadyState : public ::testing::TestWithParam<std::string> {};

void expect_no_allocations(TrainingRun& run) {
  run.steps(6);
  const std::int64_t before = own_allocations();
  watch_allocations(true);
  run.steps(6);
  watch_allocations(false);
  EXPECT_EQ(own_allocations(), before) << "the latest at " << latest_own_allocation();
}

// Steps of 4, 4 and 2.
TEST_P(SteadyState, AStepAllocatesNothing) {
  const std::string file = KTRAIN_SOURCE_DIR "/configs/models/" + GetParam() + ".json";
  TrainingRun run(load_architecture(file), 10, {.global_batch = 4});
  expect_no_allocations(run);
  const int threads = thread_count();
  set_thread_count(1);
  TrainingRun reproducible(load_architecture(file), 10,
                           {.global_batch = 4, .shard = 1, .reproducible = true});
  expect_no_allocations(reproducible);
  set_thread_count(threads);
}

// In pieces, and in pairs of steps of one.
TEST_P(SteadyState, MeasuringTheNoiseScaleAllocatesNothing) {
  for (const std::int64_t shard : {0, 4}) {
    TrainingRun run(load_architecture(KTRAIN_SOURCE_DIR "/configs/models/" + GetParam() + ".json"), 10,
                    {.global_batch = 4, .shard = shard, .noise = {.every_samples = 7}});
    expect_no_allocations(run);
  }
}

// Within an epoch: another one's order of the classes is new.
TEST_P(SteadyState, AStratifiedStepAllocatesNothing) {
  for (const Stratify stratify : {Stratify::kProportional, Stratify::kBalanced}) {
    TrainingRun run(load_architecture(KTRAIN_SOURCE_DIR "/configs/models/" + GetParam() + ".json"), 200,
                    {.global_batch = 4, .stratify = stratify});
    expect_no_allocations(run);
  }
}

// In groups of three, which neither shards nor the last step end with.
TEST(SteadyGroups, AStepAllocatesNothing) {
  const auto model = [] {
    return load_architecture(KTRAIN_SOURCE_DIR "/configs/models/cnn_bn.json", {.ghost_samples = 3});
  };
  TrainingRun run(model(), 10, {.global_batch = 8, .shard = 2});
  expect_no_allocations(run);
}

INSTANTIATE_TEST_SUITE_P(Models, SteadyState, ::testing::Values("mlp", "cnn_bn"),
                         [](const auto& model) { return model.param; });

constexpr std::string_view kOneLayer =
    R"({"class_name": "Sequential", "config": {"name": "one_layer", "layers": [
  {"class_name": "InputLayer", "config": {"name": "x", "batch_shape": [null, 4, 4, 1], "dtype": "float32"}},
  {"class_name": "Flatten", "config": {"name": "flatten"}},
  {"class_name": "Dense", "config": {"name": "y", "units": 10, "activation": "softmax"}}]}})";

class SteadyOptimizer : public ::testing::TestWithParam<std::string> {};

TEST_P(SteadyOptimizer, AStepAllocatesNothing) {
  TrainingRun run(architecture_from_json(kOneLayer), 10, {.global_batch = 4},
                  GetParam() + ":use_ema=true,gradient_accumulation_steps=2,clipnorm=1", "4x4x1");
  expect_no_allocations(run);
}

INSTANTIATE_TEST_SUITE_P(Optimizers, SteadyOptimizer, ::testing::ValuesIn(optimizer_names()),
                         [](const auto& optimizer) { return optimizer.param; });

TEST(OwnAllocations, AreSeen) {
  const std::int64_t before = own_allocations();
  watch_allocations(true);
  const auto number = std::make_unique<std::string>(100, 'x');
  watch_allocations(false);
  EXPECT_EQ(own_allocations(), before + 2);
}

/// Memory in use. The address sanitizer keeps what is freed for a while, and knows what is not.
std::int64_t bytes_in_use() {
#ifdef __SANITIZE_ADDRESS__
  return static_cast<std::int64_t>(__sanitizer_get_current_allocated_bytes());
#else
  std::int64_t size = 0, resident = 0;
  std::ifstream("/proc/self/statm") >> size >> resident;
  return resident * sysconf(_SC_PAGESIZE);
#endif
}

constexpr std::string_view kSmallModel =
    R"({"module": "keras", "class_name": "Sequential", "config": {"layers": [
  {"class_name": "InputLayer", "config": {"batch_shape": [null, 28, 28, 1], "dtype": "float32", "name": "image"}},
  {"class_name": "Flatten", "config": {"name": "flatten"}},
  {"class_name": "Dense", "config": {"name": "dense", "units": 10, "activation": "softmax"}}]}})";

/// KTRAIN_STEPS (10000 for the long form), else fewer.
std::int64_t step_count() {
  const char* steps = std::getenv("KTRAIN_STEPS");
  return steps == nullptr ? 1000 : std::atoll(steps);
}

TEST(Memory, IsFlat) {
  TrainingRun run(architecture_from_json(kSmallModel), 7, {.global_batch = 2});
  run.steps(200);
  const std::int64_t before = bytes_in_use();
  run.steps(step_count());
  EXPECT_LT(bytes_in_use() - before, 200'000);
}

}  // namespace
}  // namespace ktrain
