#include "io/npz.h"

#include <gtest/gtest.h>

#include "support/compressed_files.h"
#include "support/expect_error.h"
#include "support/files.h"
#include "support/temporary_folder.h"

namespace ktrain {
namespace {

using testing::expect_error;
using testing::npy_file;
using testing::write_text;
using testing::zipped;

const std::string kArray = npy_file("{'descr': '|u1', 'fortran_order': False, 'shape': (2, 3), }", "abcdef");

class Npz : public ::testing::Test {
 protected:
  std::vector<NpzMember> read(const std::string& content) const {
    write_text(file, content);
    return read_npz(file);
  }
  template <typename... Parts>
  void expect_refused(const std::string& content, const Parts&... parts) const {
    expect_error(
        ExitCode::kData, [&] { read(content); }, file, parts...);
  }

  testing::TemporaryFolder folder;
  std::string file = folder / "a.npz";
};

TEST_F(Npz, ReadsStoredAndDeflatedMembers) {
  const auto members = read(zipped({{"x.npy", kArray}, {"notes.txt", "hello"}, {"y.npy", kArray, true}}));
  ASSERT_EQ(members.size(), 2U);
  EXPECT_EQ(members[0].name, "x");
  EXPECT_EQ(members[1].name, "y");
  for (const NpzMember& member : members) {
    EXPECT_EQ(member.array.dims, (std::vector<std::int64_t>{2, 3}));
    char row[3];
    member.array.read_row(1, row);
    EXPECT_EQ(std::string(row, 3), "def");
  }
}

TEST_F(Npz, RefusesOtherFiles) {
  expect_refused("", "is not a zip file");
  expect_refused(zipped({}), "holds no arrays");
  expect_refused("hello, this is no zip file at all", "is not a zip file");
  expect_refused(zipped({{"notes.txt", "hello"}}), "holds no arrays");
  expect_error(
      ExitCode::kNoInput, [&] { read_npz(folder / "none"); }, folder / "none");
}

TEST_F(Npz, NamesTheArrayThatIsWrong) {
  expect_refused(zipped({{"x.npy", kArray}, {"y.npy", "hello"}}), "array 'y'", "not an NPY file");
  expect_refused(zipped({{"x.npy", kArray.substr(0, kArray.size() - 1), true}}), "array 'x'", "truncated");
  expect_refused(zipped({{"x.npy", kArray + "g", true}}), "array 'x'", "more follow");
}

TEST_F(Npz, RefusesTruncatedAndDamagedFiles) {
  const std::string whole = zipped({{"x.npy", kArray}});
  expect_refused(whole.substr(0, whole.size() / 2), "is not a zip file, or a truncated one");
  for (const bool deflate : {false, true}) {
    std::string flipped = zipped({{"x.npy", kArray, deflate}});
    flipped[flipped.find("fortran_order") != std::string::npos ? flipped.find("abcdef") : 60] ^= 4;
    expect_refused(flipped, "member 'x.npy'", "damaged");
  }
}

// A directory that promises a terabyte must not be believed.
TEST_F(Npz, RefusesImpossibleSizes) {
  std::string lying = zipped({{"x.npy", kArray, true}});
  const std::size_t directory = lying.find("PK\1\2");
  for (const std::size_t header : {std::size_t{0} + 22, directory + 24})
    lying.replace(header, 4, "\xF0\xFF\xFF\xFF");
  expect_refused(lying, "member 'x.npy'", "4294967280 bytes cannot lie in");
}

}  // namespace
}  // namespace ktrain
