#include "io/durable_file.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <vector>

#include "support/expect_error.h"
#include "support/file_size_limit.h"
#include "support/temporary_folder.h"

namespace ktrain {
namespace {

using testing::expect_error;
using testing::FileSizeLimit;
using testing::TemporaryFolder;

std::vector<std::byte> bytes(std::size_t count, int value) {
  return std::vector<std::byte>(count, static_cast<std::byte>(value));
}

std::size_t files_in(const TemporaryFolder& folder) {
  return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(folder.path()), {}));
}

TEST(DurableFile, ReplacesTheWholeFile) {
  const TemporaryFolder folder;
  write_durably(folder / "a", bytes(100, 1));
  write_durably(folder / "a", bytes(7, 2));
  EXPECT_EQ(read_file(folder / "a"), bytes(7, 2));
  EXPECT_EQ(read_prefix(folder / "a", 3), bytes(3, 2));
  EXPECT_EQ(files_in(folder), 1u);
}

TEST(DurableFile, AFullDiskLeavesTheOldFile) {
  const TemporaryFolder folder;
  write_durably(folder / "a", bytes(100, 1));
  {
    const FileSizeLimit limit(50000);
    expect_error(
        ExitCode::kIo, [&] { write_durably(folder / "a", bytes(100000, 2)); }, folder / "a",
        "File too large");
  }
  EXPECT_EQ(read_file(folder / "a"), bytes(100, 1));
  EXPECT_EQ(files_in(folder), 1u);
}

TEST(DurableFile, NamesTheFileAndTheReason) {
  const TemporaryFolder folder;
  expect_error(
      ExitCode::kIo, [&] { write_durably(folder / "none/a", bytes(1, 1)); }, folder / "none/a",
      "No such file or directory");
  expect_error(
      ExitCode::kNoInput, [&] { read_file(folder / "a"); }, folder / "a", "No such file or directory");
  expect_error(
      ExitCode::kNoInput, [&] { read_file(folder.path()); }, folder.path(), "Is a directory");
}

TEST(DurableFile, MakesFolders) {
  const TemporaryFolder folder;
  for (const char* path : {"a/b/c", "a/b/c", "d/", "e/./f/"}) {
    make_folders(folder / path);
    EXPECT_TRUE(std::filesystem::is_directory(folder / path)) << path;
  }
  write_durably(folder / "file", bytes(1, 1));
  for (const char* path : {"file", "file/a"}) {
    expect_error(
        ExitCode::kIo, [&] { make_folders(folder / path); }, folder / "file", "File exists");
  }
}

TEST(DurableFile, AFolderInTheWayStays) {
  const TemporaryFolder folder;
  std::filesystem::create_directory(folder / "a");
  expect_error(
      ExitCode::kIo, [&] { write_durably(folder / "a", bytes(1, 1)); }, folder / "a", "Is a directory");
  EXPECT_EQ(files_in(folder), 1u);
}

}  // namespace
}  // namespace ktrain
