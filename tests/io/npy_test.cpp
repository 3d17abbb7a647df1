#include "io/npy.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "io/npy_writer.h"
#include "support/expect_error.h"
#include "support/files.h"
#include "support/temporary_folder.h"

namespace ktrain {
namespace {

using testing::expect_error;
using testing::kNpyMagic;
using testing::npy_file;
using testing::raw;
using testing::write_text;
using Dims = std::vector<std::int64_t>;

std::string header(const std::string& descr, const std::string& shape) {
  return "{'descr': " + descr + ", 'fortran_order': False, 'shape': " + shape + ", }";
}

class Npy : public ::testing::Test {
 protected:
  StoredArray open(const std::string& content) const {
    write_text(file, content);
    return open_npy(file);
  }
  template <typename... Parts>
  void expect_refused(const std::string& content, const Parts&... parts) const {
    expect_error(
        ExitCode::kData, [&] { open(content); }, file, parts...);
  }

  testing::TemporaryFolder folder;
  std::string file = folder / "a.npy";
};

TEST_F(Npy, ReadsRows) {
  const StoredArray array = open(npy_file(header("'<i4'", "(2, 1)"), raw(1, 0, 0, 0, 2, 1, 0, 0)));
  EXPECT_EQ(array.dims, (Dims{2, 1}));
  EXPECT_EQ(array.dtype(), DType::kInt32);
  std::int32_t row;
  array.read_row(1, &row);
  EXPECT_EQ(row, 258);
}

TEST_F(Npy, ReadsEveryVersionAndSpelling) {
  const std::string dictionary = "{ \"shape\" : (3,), 'fortran_order':False,'descr':'|u1'}\n";
  const std::string length = raw(dictionary.size(), 0);
  EXPECT_EQ(open(kNpyMagic + raw(1, 0) + length + dictionary + "abc").dims, Dims{3});
  for (const int version : {2, 3}) {
    EXPECT_EQ(open(kNpyMagic + raw(version, 0) + length + raw(0, 0) + dictionary + "abc").dims, Dims{3});
  }
  EXPECT_EQ(open(npy_file(header("'|b1'", "()"), "\1")).dims, Dims{});
  EXPECT_EQ(open(npy_file(header("'<f4'", "(0, 7)"), "")).dims, (Dims{0, 7}));
  EXPECT_EQ(open(npy_file(header("'>f8'", "(1, )"), "12345678")).format, (ElementFormat{'f', 8, true}));
}

TEST_F(Npy, RefusesOtherFiles) {
  expect_refused("", "not an NPY file: wrong magic");
  expect_refused("\x93NUMPX" + raw(1, 0, 0, 0), "not an NPY file: wrong magic");
  expect_refused(kNpyMagic + raw(4, 0, 0, 0), "NPY version 4 is not supported");
  for (const char* dictionary : {"", "{", "{}", "{'descr': '<f4'}", "{'descr': '<f4', 'shape': (1,)}", "[1]",
                                 "{'descr': '<f4', 'fortran_order': 0, 'shape': (1,)}",
                                 "{'descr': '<f4', 'fortran_order': False, 'shape': (1,}",
                                 "{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,)}",
                                 "{'descr': '<f4', 'fortran_order': False, 'shape: (1,)}",
                                 "{'descr': '<f4', 'fortran_order': False, 'shape': (1,), 'x': 1}"}) {
    expect_refused(npy_file(dictionary, "1234"), "the NPY header cannot be understood");
  }
}

TEST_F(Npy, RefusesWhatItCannotHold) {
  for (const char* type : {"<u8", "<c8", "|O", "<S7", "<U3", "<M8[ns]", "<f16", "", "f4"}) {
    expect_refused(npy_file(header(std::string("'") + type + "'", "(1,)"), std::string(16, ' ')),
                   "elements of type '", type, "not supported");
  }
  expect_refused(npy_file(header("[('a', '<f4')]", "(1,)"), "1234"), "structured arrays are not supported");
  expect_refused(npy_file("{'descr': '<f4', 'fortran_order': True, 'shape': (2, 2)}", std::string(16, ' ')),
                 "fortran_order True");
}

TEST_F(Npy, RefusesAWrongLength) {
  const std::string whole = npy_file(header("'<f4'", "(2, 2)"), std::string(16, ' '));
  expect_refused(whole.substr(0, whole.size() - 3),
                 "truncated: the header says " + std::to_string(whole.size()),
                 "the file has " + std::to_string(whole.size() - 3));
  expect_refused(whole.substr(0, 30), "truncated", "the file has 30");
  expect_refused(whole.substr(0, 9), "truncated", "the file has 9");
  expect_refused(whole + "x", "but more follow");
}

TEST_F(Npy, RefusesImpossibleShapes) {
  expect_refused(npy_file(header("'<f4'", "(4000000000, 4000000000)"), "1234"), "beyond any file");
  expect_refused(npy_file(header("'<f4'", "(0, 4000000000, 4000000000)"), ""), "beyond any file");
  expect_refused(npy_file(header("'<f4'", "(-1,)"), "1234"), "a dimension of -1");
  expect_refused(npy_file(header("'<f4'", "(1000000000,)"), "1234"), "truncated");
}

// What numpy.save writes for numpy.arange(3, dtype='<f4'): 128 bytes of header, then 0, 1, 2.
TEST_F(Npy, WritesWhatNumpyWrites) {
  NpyWriter writer(file, DType::kFloat32, Dims{3});
  const float values[] = {0, 1, 2};
  writer.append(std::as_bytes(std::span(values).first(1)));
  EXPECT_FALSE(std::filesystem::exists(file));
  writer.append(std::as_bytes(std::span(values).subspan(1)));
  writer.finish();
  std::string expected = kNpyMagic + raw(1, 0, 0x76, 0);
  expected += "{'descr': '<f4', 'fortran_order': False, 'shape': (3,), }";
  expected += std::string(127 - expected.size(), ' ') + "\n";
  expected += raw(0, 0, 0, 0, 0, 0, 0x80, 0x3F, 0, 0, 0, 0x40);
  const auto written = read_file(file);
  EXPECT_EQ(std::string(reinterpret_cast<const char*>(written.data()), written.size()), expected);
}

TEST_F(Npy, ReadsWhatItWrites) {
  for (const Dims& dims : {Dims{}, Dims{1}, Dims{2, 3}, Dims{0, 5}, Dims(8, 1)}) {
    NpyWriter writer(file, DType::kInt64, dims);
    std::size_t bytes = 8;
    for (const std::int64_t dim : dims) bytes *= static_cast<std::size_t>(dim);
    writer.append(std::vector<std::byte>(bytes, std::byte{1}));
    writer.finish();
    const StoredArray array = open_npy(file);
    EXPECT_EQ(array.dims, dims);
    EXPECT_EQ(array.dtype(), DType::kInt64);
  }
}

TEST_F(Npy, AnUnfinishedFileIsNoFile) {
  {
    NpyWriter writer(file, DType::kUint8, Dims{2});
    writer.append(std::vector<std::byte>(1));
    EXPECT_THROW(writer.finish(), Error);
    EXPECT_THROW(writer.append(std::vector<std::byte>(2)), Error);
  }
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
  expect_error(
      ExitCode::kIo, [&] { NpyWriter(folder / "none/a.npy", DType::kUint8, Dims{2}); }, folder / "none/a.npy",
      "No such file or directory");
}

}  // namespace
}  // namespace ktrain
