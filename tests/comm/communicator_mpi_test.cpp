#include <gtest/gtest.h>

#include <memory>

#include "comm/communicator_suite.h"
#include "support/mpi_world.h"

namespace ktrain {
namespace {

class MpiCommunicatorTest : public testing::TestWithParam<CommunicatorCheck> {};

TEST_P(MpiCommunicatorTest, KeepsByMessages) {
  MpiSession session;
  const auto world = session.world(Transport::kMpi);
  EXPECT_EQ(world->transport(), "mpi");
  GetParam().run(*world);
}

TEST_P(MpiCommunicatorTest, KeepsByMessagesInADuplicate) {
  MpiSession session;
  const auto copy = session.world(Transport::kMpi)->duplicate();
  GetParam().run(*copy);
}

TEST_P(MpiCommunicatorTest, KeepsInSharedMemory) {
  MpiSession session;
  const auto world = session.world(Transport::kNode);
  EXPECT_EQ(world->transport(), world->size() == 1 ? "mpi" : "node");
  GetParam().run(*world);
}

TEST_P(MpiCommunicatorTest, KeepsInADuplicate) {
  const auto copy = test_world().duplicate();
  EXPECT_EQ(copy->transport(), test_world().transport());
  GetParam().run(*copy);
}

INSTANTIATE_TEST_SUITE_P(World, MpiCommunicatorTest, testing::ValuesIn(communicator_checks()),
                         [](const auto& check) { return check.param.name; });

}  // namespace
}  // namespace ktrain
