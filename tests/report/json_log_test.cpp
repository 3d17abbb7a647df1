#include "report/json_log.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <limits>

#include "report/sample_reports.h"
#include "support/expect_error.h"
#include "support/file_size_limit.h"
#include "support/file_text.h"
#include "support/temporary_folder.h"

namespace ktrain {
namespace {

using testing::expect_error;
using testing::FileSizeLimit;
using testing::sample_end;
using testing::sample_epoch;
using testing::sample_step;
using testing::TemporaryFolder;
using testing::text_of;

RunStart sample_start() {
  return {"0.1.0",
          {{"model", std::string("m.json")}, {"global-batch", std::int64_t{256}}, {"steps", {}}},
          {{0, "a", 128, 2}, {1, "b", 128, 1}},
          5,
          60000,
          1234,
          512};
}

TEST(JsonLog, StartHoldsTheWholeConfigurationAndThePlan) {
  const TemporaryFolder folder;
  JsonLog(folder / "l", 1).start(sample_start());
  EXPECT_EQ(
      text_of(folder / "l"),
      "{\"event\":\"start\",\"version\":\"0.1.0\",\"config\":{\"model\":\"m.json\",\"global-batch\":256,"
      "\"steps\":null},\"plan\":[{\"rank\":0,\"host\":\"a\",\"samples\":128,\"threads\":2},{\"rank\":1,"
      "\"host\":\"b\",\"samples\":128,\"threads\":1}],\"workers\":2,\"epochs\":5,\"epoch_samples\":60000,"
      "\"parameters\":1234,\"resumed_samples\":512}\n");
}

TEST(JsonLog, StepEpochAndEnd) {
  const TemporaryFolder folder;
  JsonLog log(folder / "l", 1);
  log.step(sample_step());
  log.epoch(sample_epoch());
  log.end(sample_end());
  EXPECT_EQ(
      text_of(folder / "l"),
      "{\"event\":\"step\",\"epoch\":2,\"step\":353,\"samples\":90208,\"loss\":1.25,\"metrics\":{"
      "\"accuracy\":0.5},"
      "\"lr\":0.01,\"momentum\":0.9,\"global_batch\":256,\"workers\":3,\"samples_per_second\":2411.4,"
      "\"seconds\":37.5}\n"
      "{\"event\":\"epoch\",\"epoch\":2,\"step\":353,\"samples\":90208,\"loss\":0.75,\"metrics\":{"
      "\"accuracy\":"
      "0.8125,\"mae\":0.00025},\"val_loss\":0.5,\"val_metrics\":{\"accuracy\":0.9,\"mae\":0.125},\"lr\":0.01,"
      "\"momentum\":0.9,\"global_batch\":256,\"workers\":3,\"samples_per_second\":2411.4,\"seconds\":37.5}\n"
      "{\"event\":\"end\",\"epoch\":2,\"step\":353,\"samples\":90208,\"loss\":0.75,\"metrics\":{\"accuracy\":"
      "0.8125},\"val_loss\":null,\"val_metrics\":null,\"lr\":0.01,\"momentum\":null,\"global_batch\":256,"
      "\"workers\":3,\"samples_per_second\":2411.4,\"seconds\":37.5,\"exit_code\":75,\"weights_digest\":"
      "\"2d06800538d394c2\"}\n");
}

TEST(JsonLog, TheNoiseScaleWhereItWasMeasured) {
  const TemporaryFolder folder;
  JsonLog log(folder / "l", 1);
  StepReport step = sample_step();
  step.noise = {.square = 0.5, .trace = 617.25, .value = 1234.5, .low = 1100.5, .measurements = 12};
  log.step(step);
  EpochReport epoch = sample_epoch();
  epoch.noise = {.square = -0.5, .trace = 8, .measurements = 1, .biased = true};
  log.epoch(epoch);
  const std::string text = text_of(folder / "l");
  EXPECT_NE(text.find("\"metrics\":{\"accuracy\":0.5},\"noise_scale\":1234.5,\"noise_scale_low\":1100.5,"
                      "\"noise_scale_high\":null,\"noise_square\":0.5,\"noise_trace\":617.25,"
                      "\"noise_biased\":false,\"lr\""),
            std::string::npos);
  EXPECT_NE(text.find("\"mae\":0.125},\"noise_scale\":null,\"noise_scale_low\":null,"
                      "\"noise_scale_high\":null,\"noise_square\":-0.5,\"noise_trace\":8,"
                      "\"noise_biased\":true,\"lr\""),
            std::string::npos);
}

TEST(JsonLog, WritesEveryNthStep) {
  const TemporaryFolder folder;
  JsonLog log(folder / "l", 10);
  StepReport report = sample_step();
  for (report.step = 1; report.step <= 35; ++report.step) log.step(report);
  const std::string text = text_of(folder / "l");
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 3);
  for (const char* step : {"\"step\":10,", "\"step\":20,", "\"step\":30,"})
    EXPECT_NE(text.find(step), std::string::npos);
}

TEST(JsonLog, EachLineIsThereAtOnceAndAResumedRunAppends) {
  const TemporaryFolder folder;
  JsonLog log(folder / "l", 1);
  log.step(sample_step());
  const std::string line = text_of(folder / "l");
  ASSERT_FALSE(line.empty());
  EXPECT_EQ(line.back(), '\n');
  JsonLog(folder / "l", 1).step(sample_step());
  EXPECT_EQ(text_of(folder / "l"), line + line);
}

TEST(JsonLog, EndsALineThatAKilledRunLeft) {
  const TemporaryFolder folder;
  std::ofstream(folder / "l") << "{\"event\":\"st";
  JsonLog(folder / "l", 1).step(sample_step());
  EXPECT_EQ(text_of(folder / "l").rfind("{\"event\":\"st\n{\"event\":\"step\"", 0), 0u);
}

TEST(JsonLog, WritesALossThatIsNotFinite) {
  const TemporaryFolder folder;
  StepReport report = sample_step();
  report.loss = std::numeric_limits<double>::quiet_NaN();
  JsonLog(folder / "l", 1).step(report);
  EXPECT_NE(text_of(folder / "l").find("\"loss\":\"NaN\","), std::string::npos);
}

TEST(JsonLog, SaysWhenItCannotWrite) {
  const TemporaryFolder folder;
  expect_error(
      ExitCode::kIo, [&] { JsonLog(folder / "none/l", 1); }, folder / "none/l", "No such file or directory");
  JsonLog log(folder / "l", 1);
  const FileSizeLimit limit(10);
  expect_error(
      ExitCode::kIo, [&] { log.step(sample_step()); }, folder / "l", "File too large");
}

TEST(JsonLog, SaysWhenTheDiskIsFull) {
  expect_error(
      ExitCode::kIo, [&] { JsonLog("/dev/full", 1).step(sample_step()); }, "/dev/full",
      "No space left on device");
}

}  // namespace
}  // namespace ktrain
