// Training the last layers of a model: what is frozen stays as it is, to the bit, on any number of workers.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "support/mpi_world.h"
#include "train/course.h"
#include "train/models.h"

namespace ktrain {
namespace {

Architecture fine_tuned() {
  return testing::load_model("cnn_bn", {.seed = 1}, {.all_but_last = 3});
}

/// Its values after some steps.
std::vector<float> train(Communicator& communicator, Model& model) {
  const auto data = slice(open_dataset("idx:/usr/share/datasets/fashion-mnist"), 0, 250);
  return run_course(communicator, model, 0.05, data, {.global_batch = 100, .seed = 3}).weights;
}

TEST(FineTuning, LeavesFrozenWeightsAndStatisticsAsTheyAre) {
  Communicator& world = test_world();
  const std::vector<float> before = [] {
    const Architecture untrained = fine_tuned();
    const auto values = untrained.model.parameters().values();
    return std::vector<float>(values.begin(), values.end());
  }();
  Architecture architecture = fine_tuned();
  const FlatParameters& parameters = architecture.model.parameters();
  // Two Dense layers behind a global average: all that travels between workers.
  EXPECT_LT(parameters.trainable_count(), parameters.count() / 2);
  const std::vector<float> group = train(world, architecture.model);
  std::size_t frozen = 0;
  for (const Parameter& parameter : parameters.parameters()) {
    const auto begin = static_cast<std::size_t>(parameter.range.begin);
    const auto count = static_cast<std::size_t>(parameter.range.size());
    const bool same =
        std::ranges::equal(std::span(group).subspan(begin, count), std::span(before).subspan(begin, count));
    EXPECT_EQ(same, !parameter.trainable) << parameter.name;
    frozen += parameter.trainable ? 0 : 1;
  }
  EXPECT_EQ(frozen, 15U);  // of three convolutions and three normalizations, statistics included
  if (world.rank() != 0) return;
  Architecture other = fine_tuned();
  const std::vector<float> alone = train(*make_self_communicator(), other.model);
  for (std::size_t i = 0; i < alone.size(); ++i) EXPECT_NEAR(group[i], alone[i], 1e-6) << i;
}

}  // namespace
}  // namespace ktrain
