#include "comm/node/node_communicator.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <fstream>
#include <functional>
#include <random>
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

void expect_given_up(Communicator& group, int under_way, const std::atomic<bool>& begin,
                     const std::string& who) {
  const Buffer memory = group.allocate(static_cast<std::int64_t>(sizeof(double)) * under_way);
  group.barrier();
  while (!begin) std::this_thread::yield();
  std::vector<Communicator::Request> requests;
  for (int i = 0; i < under_way; ++i) {
    requests.push_back(group.all_reduce_start(memory.data<double>() + i, 1, DType::kFloat64, ReduceOp::kSum));
  }
  try {
    group.wait(requests.back());
    ADD_FAILURE() << "did not throw";
  } catch (const CommError& error) {
    EXPECT_NE(
        std::string(error.what())
            .find("all_reduce of 1 float64 over 3 ranks (" + who + " by 1) is not complete after 0.3 s"),
        std::string::npos)
        << error.what();
  }
}

// Rank 1 starts none, or one and then does not look after it.
TEST(NodeCommunicator, NamesWhoIsWaitedForAtTheDeadline) {
  for (const int under_way : {1, 100}) {
    for (const bool starts : {false, true}) {
      if (starts && under_way > 1) continue;
      std::atomic<int> gave_up = 0;
      std::atomic<bool> started = false;  // by rank 1, before the others: else it might carry it out at once
      run_neighbours(
          3,
          [&](Communicator& group) {
            if (group.rank() != 1) {
              expect_given_up(group, under_way, started, starts ? "not carried out" : "not started");
              ++gave_up;
              return;
            }
            const Buffer memory = group.allocate(static_cast<std::int64_t>(sizeof(double)) * under_way);
            group.barrier();
            if (starts) group.all_reduce_start(memory.data<double>(), 1, DType::kFloat64, ReduceOp::kSum);
            started = true;
            while (gave_up < 2) std::this_thread::sleep_for(std::chrono::milliseconds(5));
          },
          0.3);
      EXPECT_EQ(gave_up, 2);
    }
  }
}

// Within each communicator all start in one order; between them they need not.
TEST(NodeCommunicator, LetsRanksUseTwoCommunicatorsInDifferentOrders) {
  run_neighbours(2, [](Communicator& group) {
    const auto other = group.duplicate();
    std::vector<double> many(100, 1.0);
    double one = 1;
    std::vector<Communicator::Request> requests;
    const auto start_many = [&] {
      for (double& value : many) {
        requests.push_back(group.all_reduce_start(&value, 1, DType::kFloat64, ReduceOp::kSum));
      }
    };
    if (group.rank() == 0) start_many();
    one = other->all_reduce(one);
    if (group.rank() == 1) start_many();
    for (const auto request : requests) group.wait(request);
    EXPECT_EQ(one, 2);
    EXPECT_EQ(many, std::vector<double>(100, 2.0));
  });
}

TEST(NodeCommunicator, CarriesOutWhatIsUnderWayWhileItAllocates) {
  run_neighbours(3, [](Communicator& group) {
    const Buffer memory = group.allocate(400);
    float* values = memory.data<float>();
    std::fill_n(values, 100, 1.0F);
    const auto request = group.all_reduce_start(values, 100, DType::kFloat32, ReduceOp::kSum);
    if (group.rank() > 0) group.wait(request);
    const Buffer more = group.allocate(4096);
    if (group.rank() == 0) group.wait(request);
    EXPECT_EQ(values[99], 3.0F);
  });
}

TEST(NodeCommunicator, RefusesDifferentSizes) {
  run_neighbours(2, [](Communicator& group) {
    if (group.rank() == 0) {
      group.allocate(40);
    } else {
      EXPECT_THROW(group.allocate(400000), Error);
    }
  });
}

// Where the system refuses the memory, all ranks have memory of their own, and sums are the same.
TEST(NodeCommunicator, DoesWithoutSharedMemory) {
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  run_neighbours(3, [&](Communicator& group) {
    if (group.rank() == 0) {
      const rlimit small{.rlim_cur = 1 << 20, .rlim_max = before.rlim_max};
      ::setrlimit(RLIMIT_FSIZE, &small);
    }
    group.barrier();
    const Buffer memory = group.allocate(std::int64_t{4} << 20);
    const std::span<float> values(memory.data<float>(), std::size_t{1} << 20);
    std::ranges::fill(values, static_cast<float>(group.rank()));
    group.all_reduce(values);
    EXPECT_TRUE(std::ranges::all_of(values, [](float value) { return value == 3; }));
    EXPECT_EQ(group.duplicate()->transport(), "node");
  });
  ::setrlimit(RLIMIT_FSIZE, &before);
}

// Not a copy of its own for each: what a rank has not written is the root's.
TEST(NodeCommunicator, SharesWhatIsReplicated) {
  constexpr std::int64_t kBytes = std::int64_t{64} << 20;
  const auto resident = [] {
    std::int64_t pages = 0, touched = 0;
    std::ifstream("/proc/self/statm") >> pages >> touched;
    return touched * ::sysconf(_SC_PAGESIZE);
  };
  run_neighbours(3, [&](Communicator& group) {
    Buffer own = group.rank() == 0 ? group.replicable(kBytes) : Buffer(kBytes);
    if (group.rank() == 0) std::fill_n(own.data<char>(), kBytes, 'x');
    group.barrier();
    const std::int64_t before = resident();
    own = group.replicate(std::move(own), 0);
    EXPECT_EQ(own.data<char>()[kBytes - 1], 'x');
    group.barrier();
    EXPECT_LT(resident() - before, kBytes / 4);
    group.barrier();
  });
}

// Memory that is gone and a new one at its address are two.
TEST(NodeCommunicator, ReplicatesTheMemoryThatIsThere) {
  run_neighbours(2, [](Communicator& group) {
    for (int round = 0; round < 3; ++round) {
      { const Buffer gone = group.replicable(1 << 20); }
      Buffer own(1 << 20);
      if (group.rank() == 0) std::fill_n(own.data<char>(), 1 << 20, 'y');
      own = group.replicate(std::move(own), 0);
      EXPECT_EQ(own.data<char>()[12345], 'y');
    }
  });
}

// Thousands of calls of all kinds, with ranks that are late by turns: each slot of the board is used again
// and again while some rank still reads its neighbours.
TEST(NodeCommunicator, KeepsCallsApartOverManyRounds) {
  run_neighbours(3, [](Communicator& group) {
    constexpr int kElements = 300;
    const Buffer memory = group.allocate(16 * kElements * static_cast<std::int64_t>(sizeof(std::int64_t)));
    std::vector<std::int64_t> staged(16);
    std::mt19937 random(static_cast<std::uint32_t>(group.rank()));
    for (std::int64_t round = 0; round < 300; ++round) {
      std::vector<Communicator::Request> requests;
      for (std::int64_t k = 0; k < 16; ++k) {
        std::int64_t* values = memory.data<std::int64_t>() + k * kElements;
        std::fill_n(values, kElements, round + k + group.rank());
        staged[static_cast<std::size_t>(k)] = round * k + group.rank();
        requests.push_back(group.all_reduce_start(values, kElements, DType::kInt64, ReduceOp::kSum));
        requests.push_back(
            group.all_reduce_start(&staged[static_cast<std::size_t>(k)], 1, DType::kInt64, ReduceOp::kMax));
        if (random() % 50 == 0) std::this_thread::sleep_for(std::chrono::microseconds(random() % 300));
      }
      for (std::size_t i = requests.size(); i-- > 0;) group.wait(requests[i]);
      for (std::int64_t k = 0; k < 16; ++k) {
        const std::int64_t* values = memory.data<std::int64_t>() + k * kElements;
        EXPECT_EQ(values[0], 3 * (round + k) + 3);
        EXPECT_EQ(values[kElements - 1], 3 * (round + k) + 3);
        EXPECT_EQ(staged[static_cast<std::size_t>(k)], round * k + 2);
      }
    }
  });
}

}  // namespace
}  // namespace ktrain
