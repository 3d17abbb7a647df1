#include <gtest/gtest.h>

#include "comm/communicator_suite.h"
#include "support/mpi_world.h"

namespace ktrain {
namespace {

class MpiCommunicatorTest : public testing::TestWithParam<CommunicatorCheck> {};

TEST_P(MpiCommunicatorTest, Keeps) {
  GetParam().run(test_world());
}

TEST_P(MpiCommunicatorTest, KeepsInADuplicate) {
  const auto copy = test_world().duplicate();
  GetParam().run(*copy);
}

INSTANTIATE_TEST_SUITE_P(World, MpiCommunicatorTest, testing::ValuesIn(communicator_checks()),
                         [](const auto& check) { return check.param.name; });

}  // namespace
}  // namespace ktrain
