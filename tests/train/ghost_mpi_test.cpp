// BatchNormalization over groups of the global batch's samples: the same run on any number of workers.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <ostream>
#include <string_view>
#include <vector>

#include "core/parallel.h"
#include "ktrain/keras/architecture.h"
#include "support/mpi_world.h"
#include "train/course.h"

namespace ktrain {
namespace {

struct Case {
  std::int64_t global_batch;
  std::int64_t ghost_samples;
  std::int64_t shard = 0;
};

void PrintTo(const Case& c, std::ostream* out) {
  *out << "batch " << c.global_batch << " groups of " << c.ghost_samples << " shard " << c.shard;
}

TrainerOptions trainer_options(const Case& c, bool reproducible = false) {
  return {.global_batch = c.global_batch, .shard = c.shard, .reproducible = reproducible, .seed = 3};
}

/// Normalized in an image and as a vector, with what goes along with a sample: Dropout.
constexpr std::string_view kModel =
    R"({"class_name": "Sequential", "config": {"name": "m", "layers": [
  {"class_name": "InputLayer", "config": {"name": "x", "batch_shape": [null, 8, 8, 1], "dtype": "float32"}},
  {"class_name": "Conv2D", "config": {"name": "c1", "filters": 4, "kernel_size": [3, 3], "strides": [2, 2]}},
  {"class_name": "BatchNormalization", "config": {"name": "b1"}},
  {"class_name": "ReLU", "config": {"name": "relu"}},
  {"class_name": "Flatten", "config": {"name": "flatten"}},
  {"class_name": "Dense", "config": {"name": "d1", "units": 16}},
  {"class_name": "BatchNormalization", "config": {"name": "b2"}},
  {"class_name": "Dropout", "config": {"name": "drop", "rate": 0.25}},
  {"class_name": "Dense", "config": {"name": "y", "units": 10, "activation": "softmax"}}]}})";

/// 600 samples: an epoch ends with a short batch.
Course train(Communicator& communicator, const ArchitectureOptions& architecture,
             const TrainerOptions& options) {
  Architecture model = architecture_from_json(kModel, architecture);
  const auto data = open_dataset("synthetic:x=8x8x1,samples=600");
  return run_course(communicator, model.model, 0.1, data, options);
}

// Of weights, when rounding differs and when statistics do.
constexpr double kSame = 1e-4, kOthers = 2e-3;

double largest_difference(const Course& a, const Course& b) {
  double largest = 0;
  for (std::size_t i = 0; i < a.weights.size(); ++i) {
    largest = std::max(largest, std::abs(double{a.weights[i]} - double{b.weights[i]}));
  }
  return largest;
}

class GhostRun : public ::testing::TestWithParam<Case> {};

TEST_P(GhostRun, IsTheSameOnAnyNumberOfWorkers) {
  Communicator& world = test_world();
  const Case& c = GetParam();
  const ArchitectureOptions ghost{.seed = 1, .ghost_samples = c.ghost_samples};
  const Course group = train(world, ghost, trainer_options(c));
  if (world.rank() != 0) return;
  const Course alone = train(*make_self_communicator(), ghost, trainer_options(c));
  expect_same_course(group, alone, kSame);
  // Groups make another run, unless there is but one.
  const Course global = train(*make_self_communicator(), {.seed = 1}, trainer_options(c));
  if (c.ghost_samples < c.global_batch) {
    EXPECT_GT(largest_difference(alone, global), kOthers);
  } else {
    EXPECT_EQ(alone.weights, global.weights);
  }
}

INSTANTIATE_TEST_SUITE_P(BatchNormalization, GhostRun,
                         ::testing::Values(Case{256, 32}, Case{250, 32}, Case{256, 1000}, Case{6, 4}));

// The control: statistics of each worker's own share are others on another number of workers.
TEST(GhostRuns, LocalStatisticsAreNot) {
  Communicator& world = test_world();
  const ArchitectureOptions local{.seed = 1, .statistics = BatchStatistics::kLocal};
  const Course group = train(world, local, trainer_options({256, 0}));
  if (world.rank() != 0 || world.size() == 1) return;
  const Course alone = train(*make_self_communicator(), local, trainer_options({256, 0}));
  EXPECT_GT(largest_difference(group, alone), kOthers);
}

// Groups of whole shards, and groups that shards cut.
TEST(GhostRuns, IsReproducible) {
  Communicator& world = test_world();
  const int threads = thread_count();
  set_thread_count(1);
  for (const Case& c : {Case{256, 32, 16}, Case{250, 24, 20}}) {
    const ArchitectureOptions ghost{.seed = 1, .ghost_samples = c.ghost_samples};
    const Course group = train(world, ghost, trainer_options(c, true));
    if (world.rank() != 0) continue;
    const Course alone = train(*make_self_communicator(), ghost, trainer_options(c, true));
    EXPECT_EQ(group.weights, alone.weights) << c.ghost_samples;
  }
  set_thread_count(threads);
}

}  // namespace
}  // namespace ktrain
