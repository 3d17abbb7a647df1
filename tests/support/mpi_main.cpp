// The main of a test program under mpirun: every rank runs every test, rank 0 reports progress, and whatever
// fails on any rank is printed with its rank and becomes the exit code of all.
#include <gtest/gtest.h>

#include <iostream>
#include <string>

#include "core/text.h"
#include "ktrain/core/error.h"
#include "support/mpi_world.h"

namespace ktrain {
namespace {

Communicator* world = nullptr;

/// Prints failures with their rank. A test that a rank left early (ASSERT, an exception) would leave its
/// peers waiting, so that ends the job.
class RankListener final : public testing::EmptyTestEventListener {
  // Kept here: GoogleTest holds the lock of current_test_info() while it reports a failure.
  void OnTestStart(const testing::TestInfo& test) override {
    name_ = text(test.test_suite_name(), ".", test.name());
  }
  void OnTestPartResult(const testing::TestPartResult& result) override {
    if (!result.failed()) return;
    std::cerr << text("rank ", world->rank(), ": ", name_, ": ", result.file_name() ? result.file_name() : "",
                      ":", result.line_number(), ": ", result.message(), "\n");
    if (result.fatally_failed()) world->abort(1);
  }

  std::string name_;
};

int run_tests() {
  auto& listeners = testing::UnitTest::GetInstance()->listeners();
  if (world->rank() != 0) delete listeners.Release(listeners.default_result_printer());
  listeners.Append(new RankListener);
  return static_cast<int>(world->all_reduce<std::int64_t>(RUN_ALL_TESTS(), ReduceOp::kMax));
}

}  // namespace

Communicator& test_world() {
  return *world;
}

}  // namespace ktrain

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  ktrain::MpiSession session;
  const auto world = session.world();
  world->set_stall_seconds(60);
  ktrain::world = world.get();
  try {
    return ktrain::run_tests();
  } catch (const ktrain::Error& error) {
    std::cerr << error.what() << std::endl;
    world->abort(1);
  }
}
