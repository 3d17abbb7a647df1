#include "report/progress.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <pty.h>
#include <unistd.h>

#include <algorithm>
#include <functional>
#include <limits>

#include "core/descriptor.h"
#include "report/sample_reports.h"
#include "support/file_text.h"
#include "support/temporary_folder.h"

namespace ktrain {
namespace {

using testing::sample_epoch;
using testing::sample_step;
using testing::TemporaryFolder;
using testing::text_of;

const std::string kClear = "\r\x1b[K";
const std::string kStepHead = "Epoch 2/5 118/236";
const std::string kStepTail = " - 0:12 left - 2411 samples/s - loss: 1.3021 - accuracy: 0.5123";
const std::string kStepLine = kClear + kStepHead + " [=========>..........]" + kStepTail;
const std::string kEpochTail =
    " - 0:25 - 2411 samples/s - loss: 0.7500 - accuracy: 0.8125 - mae: 2.5000e-04 - val_loss: 0.5000 - "
    "val_accuracy: 0.9000 - val_mae: 0.1250\n";

/// What a progress of this width writes while `use` uses it, its destruction included.
std::string shown(int columns, const std::function<void(Progress&)>& use) {
  const TemporaryFolder folder;
  {
    const Descriptor file(::open((folder / "out").c_str(), O_WRONLY | O_CREAT, 0600));
    use(*make_progress(file.get(), columns));
  }
  return text_of(folder / "out");
}

TEST(Progress, DrawsALineAsKerasDoes) {
  EXPECT_EQ(shown(120, [](Progress& progress) { progress.step(sample_step()); }), kStepLine + "\n");
}

TEST(Progress, EndsTheEpochWithItsSummary) {
  EXPECT_EQ(shown(200,
                  [](Progress& progress) {
                    progress.step(sample_step());
                    progress.epoch(sample_epoch());
                  }),
            kStepLine + kClear + "Epoch 2/5 236/236 [====================]" + kEpochTail);
}

// A bar takes three characters more than its columns, and the last column of the window stays free.
TEST(Progress, FitsTheWindow) {
  const std::string bare = kStepHead + kStepTail;
  const int columns = static_cast<int>(bare.size());
  const auto line = [](int window) { return shown(window, [](Progress& p) { p.step(sample_step()); }); };
  EXPECT_EQ(line(columns + 8), kClear + kStepHead + " [=>..]" + kStepTail + "\n");
  EXPECT_EQ(line(columns + 4), kClear + bare + "\n");
  EXPECT_EQ(line(columns + 1), kClear + bare + "\n");
  EXPECT_EQ(line(20), kClear + bare.substr(0, 19) + "\n");
}

TEST(Progress, IsRedrawnTenTimesASecondAtMostAndAtTheEpochsEnd) {
  const std::string text = shown(120, [](Progress& progress) {
    StepReport report = sample_step();
    report.epoch_steps = 1000;
    for (int i = 1; i <= 1000; ++i) {  // one step a millisecond
      report.epoch_step = i;
      report.seconds = 5 + i / 1000.0;
      progress.step(report);
    }
  });
  const auto redraws = std::count(text.begin(), text.end(), '\r');
  EXPECT_GE(redraws, 9);
  EXPECT_LE(redraws, 12);
  EXPECT_NE(text.find(" 1000/1000 [====================] "), std::string::npos);
}

TEST(Progress, NotesStandOnLinesOfTheirOwn) {
  EXPECT_EQ(shown(120,
                  [](Progress& progress) {
                    progress.note("first");
                    progress.step(sample_step());
                    progress.note("second");
                    progress.note("third");
                  }),
            "first\n" + kStepLine + kClear + "second\nthird\n");
}

TEST(Progress, IntoAFileIsOneLineAnEpochWithoutControlCharacters) {
  const std::string text = shown(0, [](Progress& progress) {
    progress.note("resumed");
    progress.step(sample_step());
    progress.epoch(sample_epoch());
    EpochReport without_validation = sample_epoch();
    without_validation.epoch = 3;
    without_validation.val_loss.reset();
    without_validation.epoch_seconds = 3725.4;
    without_validation.samples_per_second = 12.345;
    without_validation.metrics.clear();
    without_validation.loss = std::numeric_limits<double>::quiet_NaN();
    progress.epoch(without_validation);
  });
  EXPECT_EQ(text, "resumed\nEpoch 2/5" + kEpochTail + "Epoch 3/5 - 1:02:05 - 12.3 samples/s - loss: nan\n");
}

TEST(Progress, SaysWhereARunEndsWithinAnEpoch) {
  const std::string text = shown(0, [](Progress& progress) { progress.end(sample_step()); });
  EXPECT_EQ(text.find("Epoch 2/5 "), 0U);
  EXPECT_EQ(text.find(" left"), std::string::npos);
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1);
  EXPECT_EQ(shown(120, [](Progress& progress) { progress.end(sample_step()); }), kStepLine + "\n");
}

TEST(Progress, AnUnknownTimeLeftIsNoNumber) {
  StepReport report = sample_step();
  report.epoch_seconds_left = std::numeric_limits<double>::infinity();
  EXPECT_NE(shown(120, [&](Progress& progress) { progress.step(report); }).find(" - --:-- left - "),
            std::string::npos);
}

TEST(Progress, QuietSaysNothingAndAFullDiskEndsNoRun) {
  const auto quiet = make_quiet_progress();
  const Descriptor full(::open("/dev/full", O_WRONLY));
  const auto failing = make_progress(full.get(), 0);
  for (Progress* progress : {quiet.get(), failing.get()}) {
    EXPECT_NO_THROW(progress->epoch(sample_epoch()));
    EXPECT_NO_THROW(progress->note("note"));
  }
}

// mpirun gives its ranks a pseudo-terminal whose window is 0x0.
TEST(TerminalColumns, CountsOnlyRealWindows) {
  const TemporaryFolder folder;
  const Descriptor file(::open((folder / "out").c_str(), O_WRONLY | O_CREAT, 0600));
  EXPECT_EQ(terminal_columns(file.get()), 0);
  const auto columns_of_window = [](winsize size) {
    int primary = -1, secondary = -1;
    if (::openpty(&primary, &secondary, nullptr, nullptr, &size) != 0) return -1;
    const Descriptor first(primary), second(secondary);
    return terminal_columns(secondary);
  };
  EXPECT_EQ(columns_of_window({24, 80, 0, 0}), 80);
  EXPECT_EQ(columns_of_window({0, 0, 0, 0}), 0);
}

}  // namespace
}  // namespace ktrain
