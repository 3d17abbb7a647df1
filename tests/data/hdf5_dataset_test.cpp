#include <gtest/gtest.h>

#include "io/hdf5.h"
#include "ktrain/data/dataset.h"
#include "read_rows.h"
#include "support/expect_error.h"
#include "support/files.h"
#include "support/temporary_folder.h"

namespace ktrain {
namespace {

using Role = FieldSpec::Role;
using testing::expect_error;
using testing::read_field;

class Hdf5Dataset : public ::testing::Test {
 protected:
  template <typename T>
  void add(const std::string& path, const std::vector<T>& values, std::vector<std::int64_t> dims) {
    writer.write(path, values.data(), kDTypeOf<T>, dims);
  }
  std::shared_ptr<const Dataset> open() {
    const std::vector<std::byte> image = writer.image();
    testing::write_text(folder / "a.h5", {reinterpret_cast<const char*>(image.data()), image.size()});
    return open_dataset("hdf5:" + (folder / "a.h5"));
  }

  testing::TemporaryFolder folder;
  H5Writer writer{"a.h5"};
};

TEST_F(Hdf5Dataset, RowsAreReadInAnyOrder) {
  add<float>("x", {0, 1, 2, 3, 4, 5, 6, 7}, {4, 2});
  add<std::int64_t>("y", {10, 11, 12, 13}, {4});
  add<double>("sample_weight", {1, 2, 3, 4}, {4, 1});
  const auto dataset = open();
  ASSERT_EQ(dataset->fields().size(), 3U);
  EXPECT_EQ(dataset->size(), 4);
  EXPECT_EQ(dataset->fields()[0].role, Role::kSampleWeight);
  EXPECT_EQ(dataset->fields()[0].sample_shape, Shape{});
  EXPECT_EQ(dataset->fields()[1].sample_shape, Shape{2});
  EXPECT_EQ(read_field<float>(*dataset, 1, {2, 3, 0, 0, 1}),
            (std::vector<float>{4, 5, 6, 7, 0, 1, 0, 1, 2, 3}));
  EXPECT_EQ(read_field<std::int64_t>(*dataset, 2, {3, 2, 1, 0}), (std::vector<std::int64_t>{13, 12, 11, 10}));
  EXPECT_EQ(read_field<double>(*dataset, 0, {1, 2}), (std::vector<double>{2, 3}));
  EXPECT_EQ(open_dataset(folder / "a.h5")->size(), 4);
}

TEST_F(Hdf5Dataset, NamesComeWithUnderscoresOrGroups) {
  add<float>("x/left", {1, 2}, {2});
  add<std::uint8_t>("x/right_eye", {3, 4}, {2});
  add<std::int32_t>("y_age", {5, 6}, {2});
  add<float>("sample_weight/age", {7, 8}, {2});
  const auto dataset = open();
  ASSERT_EQ(dataset->fields().size(), 4U);
  EXPECT_EQ(dataset->fields()[0].name, "age");
  EXPECT_EQ(dataset->fields()[1].name, "left");
  EXPECT_EQ(dataset->fields()[2].name, "right_eye");
  EXPECT_EQ(dataset->fields()[3].name, "age");
  EXPECT_EQ(read_field<std::uint8_t>(*dataset, 2, {1}), std::vector<std::uint8_t>{4});
  EXPECT_EQ(read_field<std::int32_t>(*dataset, 3, {0}), std::vector<std::int32_t>{5});
}

TEST_F(Hdf5Dataset, RefusesOtherArrays) {
  add<float>("x", {1, 2}, {2});
  add<float>("labels", {1, 2}, {2});
  expect_error(
      ExitCode::kData, [&] { open(); }, "a.h5: array 'labels' is none of x, y");
}

TEST_F(Hdf5Dataset, RefusesArraysThatDoNotFit) {
  add<float>("x", {1, 2}, {2});
  add<float>("y", {1, 2, 3}, {3});
  expect_error(
      ExitCode::kData, [&] { open(); }, "a.h5: 'y': 3 samples, but 'x' has 2");
}

TEST_F(Hdf5Dataset, RefusesNumbersAndNothing) {
  add<float>("x", {1}, {});
  expect_error(
      ExitCode::kData, [&] { open(); }, "a.h5: 'x': a single number");
  expect_error(
      ExitCode::kNoInput, [&] { open_dataset("hdf5:" + (folder / "none.h5")); }, folder / "none.h5");
  testing::write_text(folder / "b.h5", "hello");
  expect_error(
      ExitCode::kData, [&] { open_dataset("hdf5:" + (folder / "b.h5")); }, folder / "b.h5");
}

}  // namespace
}  // namespace ktrain
