#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <string>
#include <thread>

#include "comm/threads/run_ranks.h"
#include "ktrain/core/error.h"

namespace ktrain {
namespace {

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

TEST(RunRanks, ThrowsWhatTheFirstRankThrew) {
  try {
    run_ranks(4, [](Communicator& group) {
      if (group.rank() == 2) throw Error(ExitCode::kData, "bad byte");
      group.barrier();
    });
    FAIL() << "did not throw";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::kData);
    EXPECT_STREQ(error.what(), "bad byte");
  }
}

TEST(RunRanks, TellsThoseWhoWaitForARankThatEnded) {
  const auto start = std::chrono::steady_clock::now();
  std::atomic<int> told = 0;
  run_ranks(3, [&](Communicator& group) {
    if (group.rank() == 1) return;
    try {
      group.barrier();
    } catch (const CommError& error) {
      told += std::string(error.what()).find("rank 1") != std::string::npos ? 1 : 0;
    }
  });
  EXPECT_EQ(told, 2);
  EXPECT_LT(seconds_since(start), 10);
}

TEST(RunRanks, NamesRanksThatStartDifferentCollectives) {
  try {
    run_ranks(2, [](Communicator& group) {
      if (group.rank() == 0) {
        group.barrier();
      } else {
        group.all_reduce(1.0F);
      }
    });
    FAIL() << "did not throw";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::kSoftware) << error.what();
  }
}

// A rank that lives but never arrives: the others give up at the deadline and say what they waited for.
TEST(Stall, EndsInCommErrorAtTheDeadline) {
  std::atomic<int> gave_up = 0;
  const auto wait_in_vain = [&](Communicator& group) {
    const auto start = std::chrono::steady_clock::now();
    try {
      group.all_reduce(1.0);
    } catch (const CommError& error) {
      EXPECT_GE(seconds_since(start), 0.3);
      EXPECT_LT(seconds_since(start), 5);
      const std::string message = error.what();
      for (const std::string& part :
           {"rank " + std::to_string(group.rank()), group.host(), std::string("all_reduce of 1 float64"),
            std::string("without rank 1"), std::string("0.3 s")}) {
        EXPECT_NE(message.find(part), std::string::npos) << message;
      }
      ++gave_up;
    }
  };
  run_ranks(
      3,
      [&](Communicator& group) {
        if (group.rank() != 1) return wait_in_vain(group);
        while (gave_up < 2) std::this_thread::sleep_for(std::chrono::milliseconds(5));
      },
      0.3);
  EXPECT_EQ(gave_up, 2);
}

}  // namespace
}  // namespace ktrain
