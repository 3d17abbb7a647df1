#include <fcntl.h>
#include <gtest/gtest.h>

#include "core/descriptor.h"
#include "report/json_log.h"
#include "report/progress.h"
#include "report/sample_reports.h"
#include "support/allocation_count.h"

namespace ktrain {
namespace {

TEST(Reports, AStepAllocatesNothing) {
  const Descriptor null(::open("/dev/null", O_WRONLY));
  const auto progress = make_progress(null.get(), 120);
  JsonLog log("/dev/null", 1);
  StepReport report = testing::sample_step();
  report.noise = NoiseScale{.square = 0.5, .trace = 617.25, .value = 1234.5, .low = 1100.5};
  const auto steps = [&](int count) {
    for (int i = 0; i < count; ++i) {
      report.seconds += 1;
      report.step += 1;
      progress->step(report);
      log.step(report);
    }
  };
  steps(1);
  const std::int64_t before = allocation_count();
  steps(1000);
  EXPECT_EQ(allocation_count(), before);
}

}  // namespace
}  // namespace ktrain
