#include "io/idx.h"

#include <gtest/gtest.h>

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
using testing::write_text;
using Dims = std::vector<std::int64_t>;

class Idx : public ::testing::Test {
 protected:
  /// Writes the file and opens it.
  StoredArray open(const std::string& content) const {
    write_text(file, content);
    return open_idx(file);
  }
  template <typename... Parts>
  void expect_refused(const std::string& content, const Parts&... parts) const {
    expect_error(
        ExitCode::kData, [&] { open(content); }, file, parts...);
  }

  testing::TemporaryFolder folder;
  std::string file = folder / "a-idx";
};

TEST_F(Idx, ReadsRowsPlainAndGzipped) {
  const std::string content = idx_header(8, {3, 2, 1}) + raw(1, 2, 3, 4, 5, 255);
  for (const std::string& bytes : {content, gzipped(content)}) {
    const StoredArray array = open(bytes);
    EXPECT_EQ(array.dims, (Dims{3, 2, 1}));
    EXPECT_EQ(array.dtype(), DType::kUint8);
    std::uint8_t row[2];
    array.read_row(2, row);
    EXPECT_EQ(row[0], 5);
    EXPECT_EQ(row[1], 255);
  }
}

TEST_F(Idx, ReadsEveryElementType) {
  const auto value = [&]<typename T>(T, int type, const std::string& bytes) {
    const StoredArray array = open(idx_header(type, {1}) + bytes);
    EXPECT_EQ(array.dtype(), kDTypeOf<T>);
    T row;
    array.read_row(0, &row);
    return row;
  };
  EXPECT_EQ(value(std::int32_t{}, 0x09, raw(255)), -1);
  EXPECT_EQ(value(std::int32_t{}, 0x0B, raw(1, 2)), 258);
  EXPECT_EQ(value(std::int32_t{}, 0x0C, raw(0, 1, 0, 0)), 65536);
  EXPECT_EQ(value(float{}, 0x0D, raw(0x3F, 0xC0, 0, 0)), 1.5F);
  EXPECT_EQ(value(double{}, 0x0E, raw(0x3F, 0xF8, 0, 0, 0, 0, 0, 0)), 1.5);
}

TEST_F(Idx, SeveralGzipMembersAreOneFile) {
  const std::string content = idx_header(8, {4}) + raw(1, 2, 3, 4);
  const StoredArray array = open(gzipped(content.substr(0, 9)) + gzipped(content.substr(9)));
  std::uint8_t row;
  array.read_row(3, &row);
  EXPECT_EQ(row, 4);
}

TEST_F(Idx, RefusesAMissingFile) {
  expect_error(
      ExitCode::kNoInput, [&] { open_idx(folder / "none"); }, folder / "none", "No such file or directory");
  expect_error(
      ExitCode::kNoInput, [&] { open_idx(folder.path()); }, "Is a directory");
}

TEST_F(Idx, RefusesOtherFiles) {
  expect_refused("", "not an IDX file", "only 0 bytes");
  expect_refused("\x89PNG\r\n", "wrong magic 0x89504e47");
  expect_refused(raw(0, 0, 8, 0), "wrong magic 0x00000800");
  expect_refused(raw(0, 0, 7, 1, 0, 0, 0, 0), "wrong magic 0x00000701");
  expect_refused(gzipped("hello"), "wrong magic 0x68656c6c");
  expect_refused(gzipped(""), "only 0 bytes");
}

TEST_F(Idx, RefusesAWrongLength) {
  const std::string content = idx_header(8, {3, 2}) + raw(1, 2, 3, 4, 5);
  const char* message = "truncated: the header says 18 bytes, the file has 17";
  expect_refused(content, message);
  expect_refused(gzipped(content), message);
  expect_refused(content + "67", "the header says 18 bytes, but more follow");
  expect_refused(gzipped(content + "67"), "the header says 18 bytes, but more follow");
  expect_refused(content.substr(0, 9), "truncated: the header says 12 bytes, the file has 9");
  expect_refused(gzipped(content.substr(0, 9)), "truncated: the header says 12 bytes, the file has 9");
}

TEST_F(Idx, RefusesDamagedGzipData) {
  const std::string whole = gzipped(idx_header(8, {1000}) + std::string(1000, 'x'));
  expect_refused(whole.substr(0, whole.size() / 2), "truncated: the gzip data end early");
  expect_refused(whole.substr(0, whole.size() - 1), "truncated: the gzip data end early");
  std::string flipped = whole;
  flipped[flipped.size() - 6] ^= 1;  // within the checksum
  expect_refused(flipped, "damaged gzip data: incorrect data check");
  expect_refused(whole + "garbage", "damaged gzip data");
}

// Nothing may be allocated for what a file cannot hold.
TEST_F(Idx, RefusesImpossibleSizes) {
  const unsigned most = 0xFFFFFFFF;
  expect_refused(idx_header(8, {most}), "truncated", "4294967303");
  expect_refused(idx_header(8, {most, most, most}), "beyond any file");
  expect_refused(gzipped(idx_header(8, {most, most, 100})), "dimensions are beyond any file");
  expect_refused(gzipped(idx_header(8, {most, 1000})), "truncated", "more than", "gzipped bytes can hold");
}

}  // namespace
}  // namespace ktrain
