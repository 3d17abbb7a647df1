#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <filesystem>
#include <numeric>

#include "ktrain/data/dataset.h"
#include "read_rows.h"
#include "support/compressed_files.h"
#include "support/expect_error.h"
#include "support/files.h"
#include "support/temporary_folder.h"

namespace ktrain {
namespace {

using testing::expect_error;
using testing::gzipped;
using testing::idx_header;
using testing::raw;
using testing::read_field;
using testing::write_text;

class IdxDataset : public ::testing::Test {
 protected:
  void write_train(const std::string& images_file, const std::string& labels_file) const {
    write_text(folder / "train-images-idx3-ubyte", images_file);
    write_text(folder / "train-labels-idx1-ubyte", labels_file);
  }

  testing::TemporaryFolder folder;
  std::string specification = "idx:" + folder.path();
  std::string images = idx_header(8, {2, 1, 3}) + raw(1, 2, 3, 4, 5, 6);
  std::string labels = idx_header(8, {2}) + raw(7, 9);
};

TEST_F(IdxDataset, ImagesGetAChannel) {
  write_train(images, labels);
  const auto dataset = open_dataset(specification);
  EXPECT_EQ(dataset->size(), 2);
  EXPECT_EQ(dataset->name(), specification);
  ASSERT_EQ(dataset->fields().size(), 2U);
  EXPECT_EQ(dataset->fields()[0].role, FieldSpec::Role::kInput);
  EXPECT_EQ(dataset->fields()[0].dtype, DType::kUint8);
  EXPECT_EQ(dataset->fields()[0].sample_shape, (Shape{1, 3, 1}));
  EXPECT_EQ(dataset->fields()[1].role, FieldSpec::Role::kTarget);
  EXPECT_EQ(dataset->fields()[1].dtype, DType::kUint8);
  EXPECT_EQ(dataset->fields()[1].sample_shape, Shape{});
  EXPECT_EQ(read_field<std::uint8_t>(*dataset, 0, {1, 0}), (std::vector<std::uint8_t>{4, 5, 6, 1, 2, 3}));
  EXPECT_EQ(read_field<std::uint8_t>(*dataset, 1, {1, 0}), (std::vector<std::uint8_t>{9, 7}));
}

TEST_F(IdxDataset, TheTestSplitMayBeGzipped) {
  write_text(folder / "t10k-images-idx3-ubyte.gz", gzipped(images));
  write_text(folder / "t10k-labels-idx1-ubyte.gz", gzipped(labels));
  const auto dataset = open_dataset(specification + ",split=test");
  EXPECT_EQ(read_field<std::uint8_t>(*dataset, 0, {1}), (std::vector<std::uint8_t>{4, 5, 6}));
}

TEST_F(IdxDataset, NamesWhatIsMissing) {
  expect_error(
      ExitCode::kNoInput, [&] { open_dataset("idx:" + (folder / "none")); }, folder / "none", "no such file");
  write_text(folder / "train-images-idx3-ubyte", images);
  expect_error(
      ExitCode::kNoInput, [&] { open_dataset(specification); }, "train-labels-idx1-ubyte[.gz]");
  expect_error(
      ExitCode::kNoInput, [&] { open_dataset(specification + ",split=test"); },
      "t10k-images-idx3-ubyte[.gz]");
}

TEST_F(IdxDataset, RefusesFilesThatDoNotFit) {
  write_train(images, idx_header(8, {3}) + raw(7, 8, 9));
  expect_error(
      ExitCode::kData, [&] { open_dataset(specification); }, "train-labels-idx1-ubyte: 3 samples",
      "train-images-idx3-ubyte has 2");
  write_train(labels, labels);
  expect_error(
      ExitCode::kData, [&] { open_dataset(specification); }, "train-images-idx3-ubyte: wrong magic",
      "1 dimensions instead of 3");
  write_train(images.substr(0, 20), labels);
  expect_error(
      ExitCode::kData, [&] { open_dataset(specification); }, "train-images-idx3-ubyte: truncated");
  write_train(idx_header(8, {0, 1, 3}), idx_header(8, {0}));
  expect_error(
      ExitCode::kData, [&] { open_dataset(specification); }, "holds no samples");
}

TEST_F(IdxDataset, RefusesOtherOptions) {
  write_train(images, labels);
  expect_error(
      ExitCode::kUsage, [&] { open_dataset(specification + ",split=validation"); }, "'validation'",
      "train or test");
  expect_error(
      ExitCode::kUsage, [&] { open_dataset(specification + ",splitt=train"); }, "unknown option 'splitt'",
      "known: split");
}

// Debian's package dataset-fashion-mnist. 6,000 images of each class (arXiv:1708.07747); the first labels are
// those everybody sees: an ankle boot (9), a T-shirt (0), …
TEST(FashionMnist, IsReadWhereItIsInstalled) {
  if (!std::filesystem::exists("/usr/share/datasets/fashion-mnist")) {
    GTEST_SKIP() << "the package dataset-fashion-mnist is not installed";
  }
  for (const std::int64_t size : {60000, 10000}) {
    const auto dataset = open_dataset(size == 60000 ? "idx:" : "idx:,split=test");
    EXPECT_EQ(dataset->size(), size);
    EXPECT_EQ(dataset->fields()[0].sample_shape, (Shape{28, 28, 1}));
    std::vector<std::int64_t> all(static_cast<std::size_t>(size));
    std::iota(all.begin(), all.end(), 0);
    const auto labels = read_field<std::uint8_t>(*dataset, 1, all);
    std::array<std::int64_t, 256> histogram{};
    for (const std::uint8_t label : labels) ++histogram[label];
    for (std::size_t label = 0; label < 10; ++label) EXPECT_EQ(histogram[label], size / 10) << label;
    const std::vector<std::uint8_t> first(labels.begin(), labels.begin() + 10);
    EXPECT_EQ(first, size == 60000 ? (std::vector<std::uint8_t>{9, 0, 0, 3, 0, 2, 7, 2, 5, 5})
                                   : (std::vector<std::uint8_t>{9, 2, 1, 1, 6, 1, 4, 6, 5, 7}));
  }
}

// The mean and deviation of the training pixels that papers normalize by: 0.2860 and 0.3530 of 255.
TEST(FashionMnist, HasItsKnownMeanAndDeviation) {
  if (!std::filesystem::exists("/usr/share/datasets/fashion-mnist")) {
    GTEST_SKIP() << "the package dataset-fashion-mnist is not installed";
  }
  const auto dataset = open_dataset("idx:");
  std::vector<std::int64_t> all(60000);
  std::iota(all.begin(), all.end(), 0);
  double sum = 0, squares = 0;
  const auto pixels = read_field<std::uint8_t>(*dataset, 0, all);
  for (const double pixel : pixels) {
    sum += pixel;
    squares += pixel * pixel;
  }
  const double mean = sum / static_cast<double>(pixels.size());
  EXPECT_NEAR(mean / 255, 0.2860, 5e-5);
  EXPECT_NEAR(std::sqrt(squares / static_cast<double>(pixels.size()) - mean * mean) / 255, 0.3530, 5e-5);
}

}  // namespace
}  // namespace ktrain
