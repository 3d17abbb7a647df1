#include "io/hdf5.h"

#include <gtest/gtest.h>

#include <array>
#include <limits>
#include <numeric>

#include "io/durable_file.h"
#include "support/expect_error.h"
#include "support/temporary_folder.h"

namespace ktrain {
namespace {

using testing::expect_error;
using testing::TemporaryFolder;

template <typename T>
std::vector<T> ramp(std::size_t count) {
  std::vector<T> values(count);
  std::iota(values.begin(), values.end(), T{1});
  return values;
}

template <typename T>
void round_trip(const std::string& name) {
  const std::vector<T> values = ramp<T>(6);
  const std::array<std::int64_t, 2> dims{2, 3};
  H5Writer writer("t.h5");
  writer.write("deep/er/" + name, values.data(), kDTypeOf<T>, dims);
  const H5Reader reader("t.h5", writer.image());
  const H5Array array = reader.info("deep/er/" + name);
  EXPECT_EQ(array.dtype, kDTypeOf<T>);
  EXPECT_EQ(array.dims, std::vector<std::int64_t>(dims.begin(), dims.end()));
  EXPECT_EQ(reader.read<T>("deep/er/" + name), values);
}

TEST(Hdf5, KeepsEveryType) {
  round_trip<float>("float32");
  round_trip<double>("float64");
  round_trip<std::int32_t>("int32");
  round_trip<std::int64_t>("int64");
  round_trip<std::uint8_t>("uint8");
}

TEST(Hdf5, KeepsBitsScalarsAndEmptyArrays) {
  const float denormal = std::numeric_limits<float>::denorm_min();
  const std::array<std::int64_t, 2> empty{0, 5};
  H5Writer writer("t.h5");
  writer.write("scalar", &denormal, DType::kFloat32, {});
  writer.write("empty", nullptr, DType::kFloat32, empty);
  const H5Reader reader("t.h5", writer.image());
  EXPECT_TRUE(reader.info("scalar").dims.empty());
  EXPECT_EQ(reader.read<float>("scalar"), std::vector<float>{denormal});
  EXPECT_EQ(reader.info("empty").dims, (std::vector<std::int64_t>{0, 5}));
  EXPECT_TRUE(reader.read<float>("empty").empty());
}

TEST(Hdf5, AnEmptyArrayIsEmptyWhateverItsOtherSizes) {
  EXPECT_EQ((H5Array{DType::kUint8, {5, std::int64_t{1} << 62, 0}}.elements()), 0);
}

TEST(Hdf5, ConvertsValuesToTheTypeAskedFor) {
  const std::vector<double> values{0.5, -2, 1e300};
  const std::array<std::int64_t, 1> dims{3};
  H5Writer writer("t.h5");
  writer.write("d", values.data(), DType::kFloat64, dims);
  EXPECT_EQ(H5Reader("t.h5", writer.image()).read<float>("d"),
            (std::vector<float>{0.5F, -2.0F, std::numeric_limits<float>::infinity()}));
}

TEST(Hdf5, KeepsStringsAndAttributes) {
  const std::vector<std::string> names{"dense", "", "größe"};
  H5Writer writer("t.h5");
  writer.group("layers/dense");
  writer.group("layers/dense");
  writer.attribute("layers/dense", "name", "größe");
  writer.attribute("", "layer_names", names);
  writer.attribute("", "none", std::vector<std::string>{});
  writer.write_string("config", "{\"a\": 1}");
  const H5Reader reader("t.h5", writer.image());
  EXPECT_EQ(reader.attribute("layers/dense", "name"), "größe");
  EXPECT_EQ(reader.attribute_strings("", "layer_names"), names);
  EXPECT_TRUE(reader.attribute_strings("/", "none").empty());
  EXPECT_EQ(reader.read_strings("config"), std::vector<std::string>{"{\"a\": 1}"});
  EXPECT_TRUE(reader.has_attribute("layers/dense", "name"));
  EXPECT_FALSE(reader.has_attribute("layers/dense", "title"));
}

TEST(Hdf5, ListsAndFinds) {
  H5Writer writer("t.h5");
  for (const char* path : {"b", "a/10", "a/2"}) writer.group(path);
  const float value = 1;
  writer.write("a/vars/0", &value, DType::kFloat32, {});
  const H5Reader reader("t.h5", writer.image());
  EXPECT_EQ(reader.list(""), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(reader.list("a"), (std::vector<std::string>{"10", "2", "vars"}));
  EXPECT_TRUE(reader.list("b").empty());
  EXPECT_TRUE(reader.exists("") && reader.exists("/") && reader.exists("/a/vars") &&
              reader.exists("a/vars/0"));
  EXPECT_FALSE(reader.exists("a/vars/1") || reader.exists("c/d/e") || reader.exists("a/vars/0/x"));
  EXPECT_TRUE(reader.is_group("a/vars") && reader.is_group(""));
  EXPECT_FALSE(reader.is_group("a/vars/0") || reader.is_group("c"));
}

std::vector<std::byte> sample_image() {
  H5Writer writer("t.h5");
  const std::vector<float> values = ramp<float>(1000);
  const std::array<std::int64_t, 1> dims{1000};
  writer.write("x/y", values.data(), DType::kFloat32, dims);
  writer.attribute("x", "name", "an attribute");
  return writer.image();
}

TEST(Hdf5, SameCallsSameBytes) {
  const std::vector<std::byte> first = sample_image();
  const std::vector<std::byte> litter(first.size() * 3, std::byte{0xa5});
  EXPECT_EQ(sample_image(), first);
  EXPECT_EQ(litter.back(), std::byte{0xa5});
}

TEST(Hdf5, FilesInMemoryOfOneNameAreApart) {
  const float one = 1, two = 2;
  H5Writer first("t.h5"), second("t.h5");
  first.write("a", &one, DType::kFloat32, {});
  second.write("a", &two, DType::kFloat32, {});
  const H5Reader first_reader("t.h5", first.image()), second_reader("t.h5", second.image());
  EXPECT_EQ(first_reader.read<float>("a"), std::vector<float>{1});
  EXPECT_EQ(second_reader.read<float>("a"), std::vector<float>{2});
}

TEST(Hdf5, WritesTheOldestFormat) {
  const std::vector<std::byte> image = sample_image();
  const std::array<unsigned char, 9> superblock_0{0x89, 'H', 'D', 'F', '\r', '\n', 0x1a, '\n', 0};
  for (std::size_t i = 0; i < superblock_0.size(); ++i) EXPECT_EQ(image[i], std::byte{superblock_0[i]});
}

TEST(Hdf5, ReadsAFileWhereItLies) {
  const TemporaryFolder folder;
  write_durably(folder / "t.h5", sample_image());
  EXPECT_EQ(H5Reader(folder / "t.h5").read<float>("x/y"), ramp<float>(1000));
}

TEST(Hdf5, NamesFileAndPathInErrors) {
  const TemporaryFolder folder;
  expect_error(
      ExitCode::kNoInput, [&] { H5Reader(folder / "none.h5"); }, "none.h5", "No such file");
  write_durably(folder / "text.h5", std::as_bytes(std::span("hello", 5)));
  expect_error(
      ExitCode::kData, [&] { H5Reader(folder / "text.h5"); }, "text.h5: the file is not an HDF5 file");

  const H5Reader reader("t.h5", sample_image());
  const std::array<std::int64_t, 2> dims{10, 100};
  std::array<float, 1000> values;
  expect_error(
      ExitCode::kData, [&] { reader.info("x/z"); }, "t.h5: 'x/z' is missing");
  expect_error(
      ExitCode::kData, [&] { reader.info("x"); }, "t.h5: 'x' is not a dataset");
  expect_error(
      ExitCode::kData, [&] { reader.list("x/y"); }, "t.h5: 'x/y' is not a group");
  expect_error(
      ExitCode::kData, [&] { reader.read_strings("x/y"); }, "t.h5: 'x/y' does not hold strings");
  expect_error(
      ExitCode::kData, [&] { reader.attribute("x", "title"); }, "t.h5: 'x@title' is missing");
  expect_error(
      ExitCode::kData, [&] { reader.read("x/y", values.data(), DType::kFloat32, dims); },
      "t.h5: 'x/y' has the shape (1000), not (10, 100)");
}

TEST(Hdf5, RefusesToWriteAPathTwice) {
  H5Writer writer("t.h5");
  const float value = 1;
  writer.write("a", &value, DType::kFloat32, {});
  expect_error(
      ExitCode::kData, [&] { writer.write("a", &value, DType::kFloat32, {}); }, "t.h5: 'a' cannot be made");
}

TEST(Hdf5, NoPrefixOfAFileGivesWrongValues) {
  const std::vector<std::byte> image = sample_image();
  for (std::size_t size = 0; size < image.size(); size += 97) {
    try {
      const H5Reader reader("t.h5", std::span(image).first(size), nullptr);
      EXPECT_EQ(reader.read<float>("x/y"), ramp<float>(1000)) << size << " bytes";
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ExitCode::kData) << error.what();
    }
  }
}

}  // namespace
}  // namespace ktrain
