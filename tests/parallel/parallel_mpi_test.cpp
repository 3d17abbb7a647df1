#include <gtest/gtest.h>

#include <vector>

#include "ktrain/comm/agree.h"
#include "parallel/gradient_reducer.h"
#include "parallel/reducer_steps.h"
#include "parallel/replica_check.h"
#include "support/allocation_count.h"
#include "support/mpi_world.h"

namespace ktrain {
namespace {

TEST(GradientReducer, SumsOverMpi) {
  for (const std::int64_t count : {0, 1, 14, 700}) {
    expect_reduced(test_world(), count, {.bucket_bytes = 40, .first_bucket_bytes = 12});
  }
  expect_reduced(test_world(), 300000, {.bucket_bytes = 1 << 18, .first_bucket_bytes = 1 << 14});
}

TEST(GradientReducer, AllocatesNothingInTheSteadyState) {
  const Buffer memory = test_world().allocate(20000 * sizeof(float));
  const std::span<float> gradients(memory.data<float>(), 20000);
  GradientReducer reducer(test_world(), std::ssize(gradients),
                          {.bucket_bytes = 4096, .first_bucket_bytes = 1024});
  const auto step = [&] {
    reducer.begin_step(gradients);
    for (std::int64_t end = 20000; end > 0; end -= 100) reducer.gradients_final({end - 100, end});
    reducer.finish();
  };
  // The communicator's table grows to the most requests ever under way; this step has all of them at once.
  reducer.begin_step(gradients);
  reducer.finish();
  step();
  const std::int64_t before = allocation_count();
  EXPECT_GT(before, 0);
  for (int i = 0; i < 10; ++i) step();
  EXPECT_EQ(allocation_count(), before);
}

TEST(CheckReplicas, NamesWhatDiffersOverMpi) {
  FlatParameters parameters({{"dense/kernel", {3, 4}, true, {}}, {"dense/bias", {4}, true, {}}});
  check_replicas(test_world(), parameters, "start");
  if (test_world().size() < 3) return;
  if (test_world().rank() == 2) parameters.values()[13] = 1;
  try {
    check_replicas(test_world(), parameters, "epoch 2 end");
    ADD_FAILURE() << "did not throw";
  } catch (const AgreedError& error) {
    EXPECT_EQ(error.what(), "replicas disagree at epoch 2 end: dense/bias differs on rank 2 (host " +
                                test_world().host() + ")");
  }
}

}  // namespace
}  // namespace ktrain
