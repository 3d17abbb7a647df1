#include "io/tfrecord.h"

#include <gtest/gtest.h>

#include "io/crc32c.h"
#include "io/protobuf.h"
#include "io/tf_example.h"
#include "support/expect_error.h"
#include "support/files.h"
#include "support/tfrecord_files.h"

namespace ktrain {
namespace {

using namespace testing;

std::span<const std::byte> bytes_of(const std::string& text) {
  return std::as_bytes(std::span(text));
}

// RFC 3720, appendix B.4.
TEST(Crc32c, IsThePublishedOne) {
  EXPECT_EQ(crc32c(bytes_of(std::string(32, '\0'))), 0x8A9136AAU);
  EXPECT_EQ(crc32c(bytes_of(std::string(32, '\xFF'))), 0x62A8AB43U);
  std::string counting;
  for (int i = 0; i < 32; ++i) counting += static_cast<char>(i);
  EXPECT_EQ(crc32c(bytes_of(counting)), 0x46DD794EU);
  EXPECT_EQ(crc32c(bytes_of("123456789")), 0xE3069283U);
  EXPECT_EQ(crc32c({}), 0U);
}

TEST(TfRecord, RecordsAreFound) {
  const std::string file = tf_record("one") + tf_record("") + tf_record("three");
  const auto places = index_tfrecords(bytes_of(file), "a.tfrecord");
  ASSERT_EQ(places.size(), 3U);
  const auto data = tfrecord_data(bytes_of(file), places[2], "a.tfrecord", 2);
  EXPECT_EQ(std::string(reinterpret_cast<const char*>(data.data()), data.size()), "three");
  EXPECT_EQ(places[1].bytes, 0U);
  EXPECT_TRUE(index_tfrecords({}, "a.tfrecord").empty());
}

TEST(TfRecord, DamageNamesTheRecord) {
  const std::string file = tf_record("one") + tf_record("second");
  const auto fails = [&](const std::string& damaged, const std::string& why) {
    expect_error(
        ExitCode::kData, [&] { index_tfrecords(bytes_of(damaged), "a.tfrecord"); }, "a.tfrecord", why);
  };
  for (std::size_t length = 20; length < file.size(); ++length) {
    fails(file.substr(0, length), "record 1: truncated");
  }
  std::string damaged = file;
  damaged[19] = 'x';
  fails(damaged, "record 1: damaged or no TFRecord file");
  fails("hello, this is no TFRecord file", "record 0: damaged or no TFRecord file");
  fails("\x1F\x8B\x08 compressed", "compressed");
  // The largest length there is.
  const std::string huge = std::string(8, '\xFF');
  fails(huge + masked_checksum(huge) + "data", "record 0: truncated");
  damaged = file;
  damaged[file.size() - 6] = 'x';
  const auto places = index_tfrecords(bytes_of(damaged), "a.tfrecord");
  expect_error(
      ExitCode::kData, [&] { tfrecord_data(bytes_of(damaged), places[1], "a.tfrecord", 1); },
      "a.tfrecord: record 1: damaged");
}

TEST(TfExample, FeaturesAreFoundByName) {
  const std::string example = tf_example(tf_int64s("label", {7, -1, std::int64_t{1} << 40}) +
                                         tf_floats("place", {0.5F, -2}) + tf_bytes("raw", {"abc"}));
  const auto label = find_feature(bytes_of(example), "label", "a");
  ASSERT_TRUE(label && label->list == TfFeature::List::kInt64);
  std::vector<std::int64_t> integers(3);
  EXPECT_EQ(read_int64_list(*label, integers, "a"), 3U);
  EXPECT_EQ(integers, (std::vector<std::int64_t>{7, -1, std::int64_t{1} << 40}));
  EXPECT_EQ(read_int64_list(*label, std::span(integers).first(1), "a"), 3U);
  const auto place = find_feature(bytes_of(example), "place", "a");
  ASSERT_TRUE(place && place->list == TfFeature::List::kFloat);
  std::vector<float> floats(2);
  EXPECT_EQ(read_float_list(*place, floats, "a"), 2U);
  EXPECT_EQ(floats, (std::vector<float>{0.5F, -2}));
  const auto raw = find_feature(bytes_of(example), "raw", "a");
  ASSERT_TRUE(raw && raw->list == TfFeature::List::kBytes);
  EXPECT_EQ(single_bytes(*raw, "a")->size(), 3U);
  EXPECT_FALSE(find_feature(bytes_of(example), "other", "a"));
}

// Writers that do not pack, and fields that a later version may add.
TEST(TfExample, UnpackedListsAndUnknownFieldsAreRead) {
  const std::string integers = varint(1 << 3) + varint(5) + varint(1 << 3) + varint(6);
  const std::string floats = varint(1 << 3 | 5) + std::string("\0\0\x80\x3F", 4);
  const std::string unknown = varint(9 << 3 | 1) + std::string(8, 'x') + bytes_field(10, "new");
  const std::string example =
      unknown + tf_example(tf_feature("i", 3, integers) + unknown + tf_feature("f", 2, floats));
  std::vector<std::int64_t> numbers(2);
  EXPECT_EQ(read_int64_list(*find_feature(bytes_of(example), "i", "a"), numbers, "a"), 2U);
  EXPECT_EQ(numbers, (std::vector<std::int64_t>{5, 6}));
  std::vector<float> reals(1);
  EXPECT_EQ(read_float_list(*find_feature(bytes_of(example), "f", "a"), reals, "a"), 1U);
  EXPECT_EQ(reals[0], 1);
}

TEST(TfExample, EveryCutIsAnErrorOrALessFullMessage) {
  const std::string example = tf_example(tf_int64s("label", {7, 300}) + tf_bytes("raw", {"abcdef"}));
  for (std::size_t length = 1; length < example.size(); ++length) {
    expect_error(
        ExitCode::kData, [&] { find_feature(bytes_of(example.substr(0, length)), "label", "r 3"); },
        "r 3: not a protocol-buffer message");
  }
  const auto fails = [](const std::string& bytes, const std::string& why) {
    expect_error(
        ExitCode::kData, [&] { find_feature(bytes_of(bytes), "label", "r 3"); }, why);
  };
  fails(std::string(11, '\xFF'), "a number of more than 64 bits");
  fails(varint(1 << 3 | 3), "a field of an unknown kind");
  fails(varint(1 << 3 | 2) + varint(~std::uint64_t{0}), "it ends within a field");
}

}  // namespace
}  // namespace ktrain
