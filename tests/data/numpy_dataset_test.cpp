#include <gtest/gtest.h>

#include <filesystem>

#include "ktrain/data/dataset.h"
#include "read_rows.h"
#include "support/compressed_files.h"
#include "support/expect_error.h"
#include "support/files.h"
#include "support/temporary_folder.h"

namespace ktrain {
namespace {

using Role = FieldSpec::Role;
using testing::expect_error;
using testing::npy_file;
using testing::raw;
using testing::read_field;
using testing::write_text;
using testing::zipped;

std::string bytes_array(const std::string& shape, const std::string& elements) {
  return npy_file("{'descr': '|u1', 'fortran_order': False, 'shape': " + shape + ", }", elements);
}

const std::string kX = bytes_array("(2, 3)", raw(1, 2, 3, 4, 5, 6));
const std::string kY = npy_file("{'descr': '<i8', 'fortran_order': False, 'shape': (2,), }",
                                raw(7, 0, 0, 0, 0, 0, 0, 0, 255, 255, 255, 255, 255, 255, 255, 255));
const std::string kWeight = npy_file("{'descr': '<f8', 'fortran_order': False, 'shape': (2, 1), }",
                                     raw(0, 0, 0, 0, 0, 0, 0xF8, 0x3F, 0, 0, 0, 0, 0, 0, 0xF8, 0xBF));

class NumpyDataset : public ::testing::Test {
 protected:
  std::shared_ptr<const Dataset> open_npz(const std::vector<testing::ZipMember>& members) const {
    write_text(folder / "a.npz", zipped(members));
    return open_dataset("npz:" + (folder / "a.npz"));
  }

  testing::TemporaryFolder folder;
};

TEST_F(NumpyDataset, NpzHoldsInputsTargetsAndWeights) {
  const auto dataset = open_npz({{"sample_weight.npy", kWeight}, {"y.npy", kY, true}, {"x.npy", kX}});
  ASSERT_EQ(dataset->fields().size(), 3U);
  EXPECT_EQ(dataset->size(), 2);
  EXPECT_EQ(dataset->fields()[0].role, Role::kSampleWeight);
  EXPECT_EQ(dataset->fields()[1].role, Role::kTarget);
  EXPECT_EQ(dataset->fields()[2].sample_shape, Shape{3});
  EXPECT_EQ(read_field<double>(*dataset, 0, {0, 1}), (std::vector<double>{1.5, -1.5}));
  EXPECT_EQ(read_field<std::int64_t>(*dataset, 1, {1, 0}), (std::vector<std::int64_t>{-1, 7}));
  EXPECT_EQ(read_field<std::uint8_t>(*dataset, 2, {1}), (std::vector<std::uint8_t>{4, 5, 6}));
}

TEST_F(NumpyDataset, NpzNamesInputsAndOutputs) {
  const auto dataset = open_npz(
      {{"x_left.npy", kX}, {"x_right_eye.npy", kX}, {"y_age.npy", kY}, {"sample_weight_age.npy", kWeight}});
  EXPECT_EQ(dataset->fields()[0].name, "left");
  EXPECT_EQ(dataset->fields()[1].name, "right_eye");
  EXPECT_EQ(dataset->fields()[2].name, "age");
  EXPECT_EQ(dataset->fields()[3].name, "age");
  EXPECT_EQ(dataset->fields()[3].role, Role::kSampleWeight);
}

TEST_F(NumpyDataset, NpzRefusesOtherArrays) {
  expect_error(
      ExitCode::kData,
      [&] {
        open_npz({{"x.npy", kX}, {"labels.npy", kY}});
      },
      "a.npz: array 'labels'");
  expect_error(
      ExitCode::kData,
      [&] {
        open_npz({{"y.npy", kY}});
      },
      "no array 'x' or 'x_<input>'");
  expect_error(
      ExitCode::kData,
      [&] {
        open_npz({{"x.npy", kX}, {"x_a.npy", kX}});
      },
      "both 'x' and 'x_…'");
  expect_error(
      ExitCode::kData,
      [&] {
        open_npz({{"x.npy", kX}, {"y.npy", bytes_array("(3,)", "abc")}});
      },
      "array 'y': 3 samples", "array 'x' has 2");
  expect_error(
      ExitCode::kUsage,
      [&] {
        open_npz({{"x.npy", kX}}), open_dataset("npz:" + (folder / "a.npz,y=1"));
      },
      "unknown option 'y'; known: none");
}

TEST_F(NumpyDataset, NpyFilesAreReadWhereTheyLie) {
  write_text(folder / "x.npy", kX);
  write_text(folder / "y.npy", kY);
  write_text(folder / "w.npy", kWeight);
  const std::string x = "npy:" + (folder / "x.npy");
  EXPECT_EQ(open_dataset(x)->fields().size(), 1U);
  const auto dataset = open_dataset(x + ",y=" + (folder / "y.npy") + ",sample_weight=" + (folder / "w.npy"));
  EXPECT_EQ(read_field<std::uint8_t>(*dataset, 0, {1}), (std::vector<std::uint8_t>{4, 5, 6}));
  EXPECT_EQ(read_field<std::int64_t>(*dataset, 1, {0}), std::vector<std::int64_t>{7});
  EXPECT_EQ(read_field<double>(*dataset, 2, {1}), std::vector<double>{-1.5});
  expect_error(
      ExitCode::kNoInput, [&] { open_dataset(x + ",y=" + (folder / "none.npy")); }, folder / "none.npy");
  write_text(folder / "y.npy", bytes_array("(3,)", "abc"));
  expect_error(
      ExitCode::kData, [&] { open_dataset(x + ",y=" + (folder / "y.npy")); },
      folder / "y.npy" + ": 3 samples", folder / "x.npy" + " has 2");
}

// A sparse file of 64 GB, of which two rows are written.
TEST_F(NumpyDataset, NpyFilesMayBeLargerThanMemory) {
  const std::string file = folder / "huge.npy";
  std::string header = bytes_array("(67108864, 1024)", "");
  write_text(file, header);
  std::filesystem::resize_file(file, header.size() + (std::uint64_t{64} << 30));
  {
    std::fstream out(file, std::ios::binary | std::ios::in | std::ios::out);
    out.seekp(-1024, std::ios::end) << "last";
  }
  const auto dataset = open_dataset("npy:" + file);
  EXPECT_EQ(dataset->size(), 67108864);
  const auto row = read_field<std::uint8_t>(*dataset, 0, {67108863});
  EXPECT_EQ(std::string(row.begin(), row.begin() + 4), "last");
  EXPECT_EQ(read_field<std::uint8_t>(*dataset, 0, {33554432}), std::vector<std::uint8_t>(1024));
}

}  // namespace
}  // namespace ktrain
