#include "checkpoint/checkpoint_folder.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "checkpoint/sample_state.h"
#include "io/durable_file.h"
#include "support/expect_error.h"
#include "support/file_size_limit.h"
#include "support/temporary_folder.h"

namespace ktrain {
namespace {

using testing::checkpoint_bytes;
using testing::expect_error;
using testing::FileSizeLimit;
using testing::sample_state;
using testing::SampleState;
using testing::TemporaryFolder;

std::string save(const CheckpointFolder& folder, std::int64_t position) {
  return folder.save(position, checkpoint_bytes(sample_state(position)));
}

std::int64_t position_in(const CheckpointFolder::Latest& latest) {
  CheckpointReader reader(latest.file, latest.bytes);
  SampleState state;
  state.visit_state(reader);
  return state.position;
}

std::vector<std::string> names_in(const std::string& folder) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    names.push_back(entry.path().filename());
  std::sort(names.begin(), names.end());
  return names;
}

TEST(CheckpointFolder, KeepsTheNewestThree) {
  const TemporaryFolder temporary;
  const CheckpointFolder folder(temporary / "run/checkpoints");
  for (const std::int64_t position : {256, 512, 99999, 100000, 1000000}) save(folder, position);
  EXPECT_EQ(names_in(temporary / "run/checkpoints"),
            (std::vector<std::string>{"checkpoint-000000099999.h5", "checkpoint-000000100000.h5",
                                      "checkpoint-000001000000.h5"}));
  EXPECT_EQ(position_in(folder.latest()), 1000000);
}

TEST(CheckpointFolder, SavesAPositionAgain) {
  const TemporaryFolder temporary;
  const CheckpointFolder folder(temporary.path());
  EXPECT_EQ(save(folder, 256), save(folder, 256));
  EXPECT_EQ(folder.files().size(), 1u);
}

TEST(CheckpointFolder, IsEmptyOrMissing) {
  const TemporaryFolder temporary;
  for (const std::string& path : {temporary.path(), temporary / "missing"}) {
    const auto latest = CheckpointFolder(path).latest();
    EXPECT_TRUE(latest.file.empty() && latest.bytes.empty() && latest.warnings.empty());
  }
}

TEST(CheckpointFolder, SkipsWhatIsNotWhole) {
  const TemporaryFolder temporary;
  const CheckpointFolder folder(temporary.path());
  save(folder, 100);
  const std::string truncated = save(folder, 200);
  const std::string flipped = save(folder, 300);
  std::filesystem::resize_file(truncated, std::filesystem::file_size(truncated) - 1);
  std::fstream(flipped, std::ios::in | std::ios::out | std::ios::binary).seekp(1000).put('!');
  const auto latest = folder.latest();
  EXPECT_EQ(position_in(latest), 100);
  ASSERT_EQ(latest.warnings.size(), 2u);
  EXPECT_EQ(latest.warnings[0], "skipped " + flipped + ": damaged checkpoint: its checksum does not match");
  EXPECT_EQ(latest.warnings[1].rfind("skipped " + truncated + ": truncated checkpoint: ", 0), 0u);
}

TEST(CheckpointFolder, CleansLeftoversAndNothingElse) {
  const TemporaryFolder temporary;
  const CheckpointFolder folder(temporary.path());
  const std::vector<std::string> others{"checkpoint-12x.h5", "checkpoint-.h5", "notes.partial", "weights.h5"};
  for (const std::string& name : others) std::ofstream(temporary / name) << "mine";
  std::ofstream(temporary / "checkpoint-000000000999.h5.partial") << "half a checkp";
  EXPECT_TRUE(folder.latest().file.empty() && folder.latest().warnings.empty());
  save(folder, 100);
  std::vector<std::string> expected = others;
  expected.insert(expected.begin() + 1, "checkpoint-000000000100.h5");
  std::sort(expected.begin(), expected.end());
  EXPECT_EQ(names_in(temporary.path()), expected);
}

TEST(CheckpointFolder, AnEarlierPositionReplacesTheLaterOnes) {
  const TemporaryFolder temporary;
  const CheckpointFolder folder(temporary.path());
  for (const std::int64_t position : {100, 200, 300}) save(folder, position);
  save(folder, 150);
  EXPECT_EQ(position_in(folder.latest()), 150);
  EXPECT_EQ(folder.files().size(), 2u);
}

TEST(CheckpointFolder, ANewRunNeedsAFolderWithoutCheckpoints) {
  const TemporaryFolder temporary;
  const CheckpointFolder folder(temporary / "c");
  folder.expect_no_run();
  const std::string file = save(folder, 100);
  expect_error(
      ExitCode::kConfiguration, [&] { folder.expect_no_run(); }, temporary / "c" + " holds checkpoints", file,
      "--resume");
}

TEST(CheckpointFolder, AFullDiskLeavesTheOldOnes) {
  const TemporaryFolder temporary;
  const CheckpointFolder folder(temporary.path());
  for (const std::int64_t position : {100, 200, 300}) save(folder, position);
  const std::vector<std::string> before = names_in(temporary.path());
  {
    const FileSizeLimit limit(1000);
    expect_error(
        ExitCode::kIo, [&] { save(folder, 400); }, "checkpoint-000000000400.h5", "File too large");
  }
  EXPECT_EQ(names_in(temporary.path()), before);
  EXPECT_EQ(position_in(folder.latest()), 300);
}

TEST(CheckpointFolder, CannotBeMadeUnderAFile) {
  const TemporaryFolder temporary;
  std::ofstream(temporary / "file") << "x";
  expect_error(
      ExitCode::kIo, [&] { save(CheckpointFolder(temporary / "file/run"), 1); }, temporary / "file");
}

}  // namespace
}  // namespace ktrain
