#include "io/zip.h"

#include <gtest/gtest.h>

#include "io/durable_file.h"
#include "support/compressed_files.h"
#include "support/expect_error.h"
#include "support/files.h"
#include "support/temporary_folder.h"

namespace ktrain {
namespace {

using testing::expect_error;
using testing::ZipMember;
using testing::zipped;

std::span<const std::byte> bytes_of(std::string_view characters) {
  return std::as_bytes(std::span(characters));
}

std::string characters_of(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

ZipReader reader(std::string_view file) {
  return {"a.zip", bytes_of(file)};
}

/// Writes `bytes` at `field` of every directory entry, and at `local` of every local header.
std::string patched(std::string file, const std::string& bytes, std::size_t field, std::size_t local) {
  for (std::size_t at = 0; (at = file.find("PK\1\2", at)) != std::string::npos; ++at)
    file.replace(at + field, bytes.size(), bytes);
  for (std::size_t at = 0; (at = file.find("PK\3\4", at)) != std::string::npos; ++at)
    file.replace(at + local, bytes.size(), bytes);
  return file;
}

template <typename... Parts>
void expect_refused(const std::string& file, const Parts&... parts) {
  expect_error(
      ExitCode::kData, [&] { reader(file).read("x"); }, "a.zip", parts...);
}

TEST(Zip, ReadsStoredAndDeflatedMembers) {
  const std::string long_text(300'000, 'z');
  const std::string file =
      zipped({{"b/x", "hello"}, {"a", long_text, true}, {"dir/", ""}, {"empty", "", true}});
  const ZipReader zip = reader(file);
  EXPECT_EQ(zip.names(), (std::vector<std::string>{"b/x", "a", "dir/", "empty"}));
  EXPECT_TRUE(zip.has("b/x"));
  EXPECT_FALSE(zip.has("x"));
  EXPECT_EQ(characters_of(zip.read("b/x")), "hello");
  EXPECT_EQ(characters_of(zip.read("a")), long_text);
  EXPECT_EQ(characters_of(*zip.stored("b/x")), "hello");
  EXPECT_FALSE(zip.stored("a").has_value());
  EXPECT_TRUE(zip.read("dir/").empty());
  EXPECT_TRUE(zip.read("empty").empty());
}

TEST(Zip, WritesWhatItReads) {
  ZipWriter writer;
  const std::string weights(100'000, 'w');
  writer.add("metadata.json", bytes_of("{}"));
  writer.add("config.json", bytes_of("{\"größe\": 1}"));
  writer.add("model.weights.h5", bytes_of(weights));
  const testing::TemporaryFolder folder;
  write_durably(folder / "m.keras", writer.image());
  const ZipReader zip(folder / "m.keras");
  EXPECT_EQ(zip.names(), (std::vector<std::string>{"metadata.json", "config.json", "model.weights.h5"}));
  EXPECT_EQ(characters_of(zip.read("metadata.json")), "{}");
  EXPECT_EQ(characters_of(zip.read("config.json")), "{\"größe\": 1}");
  EXPECT_EQ(characters_of(*zip.stored("model.weights.h5")), weights);
}

TEST(Zip, WritesAnEmptyFile) {
  const std::vector<std::byte> image = ZipWriter().image();
  EXPECT_TRUE(ZipReader("a.zip", image).names().empty());
}

TEST(Zip, ReadsTheWideFieldsOfZip64) {
  using testing::little;
  std::string file = zipped({{"x", "hello"}});
  const std::size_t entry = file.find("PK\1\2"), end = file.find("PK\5\6");
  const std::string extra = little(1, 2) + little(24, 2) + little(5, 8) + little(5, 8) + little(0, 8);
  std::string directory = file.substr(entry, end - entry);
  directory.replace(20, 8, std::string(8, '\xFF')).replace(42, 4, std::string(4, '\xFF'));
  directory.replace(30, 2, little(extra.size(), 2));
  directory += extra;
  const std::size_t record = entry + directory.size();
  file = file.substr(0, entry) + directory + "PK\6\6" + little(44, 8) + little(45, 2) + little(45, 2) +
         little(0, 8) + little(1, 8) + little(1, 8) + little(directory.size(), 8) + little(entry, 8) +
         "PK\6\7" + little(0, 4) + little(record, 8) + little(1, 4) + "PK\5\6" + little(0, 4) +
         std::string(12, '\xFF') + little(0, 2);
  EXPECT_EQ(characters_of(reader(file).read("x")), "hello");
}

TEST(Zip, RefusesOtherAndDamagedFiles) {
  const std::string whole = zipped({{"x", "hello"}});
  expect_refused("", "is not a zip file");
  expect_refused("hello, this is no zip file at all", "is not a zip file");
  for (std::size_t size = 0; size < whole.size(); ++size) {
    expect_refused(whole.substr(0, size), "is not a zip file");
  }
  for (const bool deflate : {false, true}) {
    std::string flipped = zipped({{"x", "hello", deflate}});
    flipped[33] ^= 4;
    expect_refused(flipped, "member 'x'", "damaged");
  }
  expect_refused(zipped({{"y", "hello"}}), "member 'x' is missing");
}

TEST(Zip, RefusesWhatItCannotUnpack) {
  const std::string file = zipped({{"x", "hello", true}});
  expect_refused(patched(file, testing::little(1, 2), 8, 6), "member 'x' is encrypted");
  expect_refused(patched(file, testing::little(14, 2), 10, 8), "member 'x' is packed by a method", "lzma");
}

// What a program that unpacks by name would write outside its folder.
TEST(Zip, RefusesNamesThatLeadOut) {
  for (const std::string name : {"/etc/x", "../x", "a/../../x", "a/..", "a\\x", "C:x", ""}) {
    expect_refused(zipped({{name, "hello"}}), "leads out of a folder: '" + name + "'");
  }
  EXPECT_EQ(reader(zipped({{"a/..b/x", "hello"}})).names().size(), 1U);
}

TEST(Zip, RefusesTwoMembersOfOneNameAndTwoStoriesOfOneMember) {
  expect_refused(zipped({{"x", "1"}, {"x", "2"}}), "has two members 'x'");
  std::string file = zipped({{"x", "1"}, {"y", "2"}});
  file[30] = 'z';
  expect_refused(file, "tells two stories of the member 'x'");
}

TEST(Zip, RefusesMembersThatOverlap) {
  // The inner file's header lies in the outer one's data, and both directories' entries lead there.
  const std::string inner = zipped({{"y", "inner"}});
  std::string file = zipped({{"x", inner.substr(0, 36)}, {"y", "inner"}});
  const std::size_t second = file.rfind("PK\1\2");
  file.replace(second + 42, 4, testing::little(31, 4));
  expect_refused(file, "has a member 'x' that overlaps");
}

TEST(Zip, RefusesBombs) {
  const std::string bomb = zipped({{"x", std::string(1'000'000, '\0'), true}});
  EXPECT_EQ(reader(bomb).read("x").size(), 1'000'000U);
  expect_error(
      ExitCode::kData, [&] { reader(bomb).read("x", 999'999); }, "member 'x' would take 1000000 bytes");
  const auto claiming = [&](std::size_t size) { return patched(bomb, testing::little(size, 4), 24, 22); };
  expect_refused(claiming(0xF0000000), "a bomb: 4026531840 bytes cannot lie in");
  expect_refused(claiming(1'000'001), "it holds 1000000 of the 1000001 bytes that it promises");
  expect_refused(claiming(999'999), "it holds more than the 999999 bytes that it promises");
}

// A member of 2 GiB of zeros that really unpacks to what it says.
TEST(Zip, RefusesLargeMembersThatExpandTooFar) {
  std::string file = zipped({{"x", std::string(3'000'000, 'a')}});
  file = patched(file, testing::little(8, 2), 10, 8);
  file = patched(file, testing::little(0x80000000, 4), 24, 22);
  expect_refused(file, "a bomb: 2147483648 bytes cannot lie in 3000000");
}

}  // namespace
}  // namespace ktrain
