#include <gtest/gtest.h>

#include "ktrain/data/dataset.h"
#include "support/expect_error.h"
#include "support/files.h"
#include "support/temporary_folder.h"

namespace ktrain {
namespace {

using testing::expect_error;

TEST(OpenDataset, InfersTheSchemeFromThePath) {
  const testing::TemporaryFolder folder;
  testing::write_text(folder / "a.csv", "a,b\n1,2\n");
  EXPECT_EQ(open_dataset((folder / "a.csv") + ",label=b")->fields().size(), 2U);
  for (const char* name : {"a.npz", "a.npy"}) {
    testing::write_text(folder / name, "hello");
    expect_error(
        ExitCode::kData, [&] { open_dataset(folder / name); }, folder / name);
  }
  expect_error(
      ExitCode::kNoInput, [&] { open_dataset(folder.path()); }, "train-images-idx3-ubyte");
}

TEST(OpenDataset, RefusesWhatItDoesNotKnow) {
  const testing::TemporaryFolder folder;
  testing::write_text(folder / "a.bin", "hello");
  const auto open = [](const std::string& specification) { return [=] { open_dataset(specification); }; };
  expect_error(ExitCode::kUsage, open("imagenet:/data"), "unknown scheme 'imagenet'",
               "idx, npz, npy, hdf5, csv, images, tfrecord, synthetic");
  expect_error(ExitCode::kUsage, open(folder / "a.bin"), "a.bin",
               "put one of idx:, npz:, npy:, hdf5:, csv: and tfrecord: before it");
  expect_error(ExitCode::kNoInput, open(folder / "none"), folder / "none", "no such file or directory");
  expect_error(ExitCode::kNoInput, open(folder / "none.csv"), folder / "none.csv");
  expect_error(ExitCode::kNoInput, open(""), "no such file");
  expect_error(ExitCode::kNoInput, open("npz:"), "cannot read");
  expect_error(ExitCode::kUsage, open("csv:a.csv,label"), "'label' is not of the form key=value");
  expect_error(ExitCode::kUsage, open("csv:a.csv,label=a,label=b"), "option 'label' is given twice");
}

}  // namespace
}  // namespace ktrain
