#include "comm/node/node_communicator.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "comm/threads/run_ranks.h"
#include "ktrain/core/error.h"

namespace ktrain {
namespace {

/// As run_ranks, with shared memory.
void run_neighbours(int ranks, const std::function<void(Communicator&)>& work,
                    double stall_seconds = Communicator::kDefaultStallSeconds) {
  run_ranks(
      ranks, [&](Communicator& group) { work(*with_shared_memory(group.duplicate())); }, stall_seconds);
}

// What MPI would leave undefined.
TEST(NodeCommunicator, NamesRanksThatReduceDifferently) {
  try {
    run_neighbours(3, [](Communicator& group) {
      if (group.rank() < 2) group.all_reduce(1.0);
      if (group.rank() == 2) group.all_reduce(1.0F);
    });
    FAIL() << "did not throw";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::kSoftware);
    EXPECT_NE(std::string(error.what()).find("float32"), std::string::npos) << error.what();
    EXPECT_NE(std::string(error.what()).find("rank 2"), std::string::npos) << error.what();
  }
}

TEST(NodeCommunicator, RefusesElementsBeyondTheMemory) {
  run_neighbours(2, [](Communicator& group) {
    const Buffer buffer = group.allocate(40);
    EXPECT_THROW(group.all_reduce(std::span(buffer.data<float>() + 8, 3)), Error);
  });
}

// With more under way than the board has room for, a rank waits for the slowest; it says for whom.
TEST(NodeCommunicator, NamesWhoHasNotStartedAtTheDeadline) {
  for (const int under_way : {1, 100}) {
    std::atomic<int> gave_up = 0;
    const auto wait_in_vain = [&](Communicator& group) {
      std::vector<double> values(static_cast<std::size_t>(under_way), 1.0);
      try {
        std::vector<Communicator::Request> requests;
        for (double& value : values) {
          requests.push_back(group.all_reduce_start(&value, 1, DType::kFloat64, ReduceOp::kSum));
        }
        group.wait(requests.back());
      } catch (const CommError& error) {
        const std::string message = error.what();
        EXPECT_NE(message.find(
                      "all_reduce of 1 float64 over 3 ranks (not started by 1) is not complete after 0.3 s"),
                  std::string::npos)
            << message;
        ++gave_up;
      }
    };
    run_neighbours(
        3,
        [&](Communicator& group) {
          if (group.rank() != 1) return wait_in_vain(group);
          while (gave_up < 2) std::this_thread::sleep_for(std::chrono::milliseconds(5));
        },
        0.3);
    EXPECT_EQ(gave_up, 2);
  }
}

}  // namespace
}  // namespace ktrain
