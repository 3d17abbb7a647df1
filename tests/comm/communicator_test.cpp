#include <gtest/gtest.h>

#include "comm/communicator_suite.h"
#include "comm/node/node_communicator.h"
#include "comm/threads/run_ranks.h"

namespace ktrain {
namespace {

class CommunicatorTest : public testing::TestWithParam<CommunicatorCheck> {};

TEST_P(CommunicatorTest, KeepsAlone) {
  GetParam().run(*make_self_communicator());
}

TEST_P(CommunicatorTest, KeepsAmongThreads) {
  for (int ranks = 1; ranks <= 8; ++ranks) {
    SCOPED_TRACE(ranks);
    run_ranks(ranks, GetParam().run);
  }
}

TEST_P(CommunicatorTest, KeepsAmongThreadsWithSharedMemory) {
  for (int ranks = 1; ranks <= 8; ++ranks) {
    SCOPED_TRACE(ranks);
    run_ranks(ranks, [](Communicator& group) {
      const auto node = with_shared_memory(group.duplicate());
      EXPECT_EQ(node->transport(), group.size() == 1 ? "threads" : "node");
      GetParam().run(*node);
    });
  }
}

INSTANTIATE_TEST_SUITE_P(Here, CommunicatorTest, testing::ValuesIn(communicator_checks()),
                         [](const auto& check) { return check.param.name; });

}  // namespace
}  // namespace ktrain
