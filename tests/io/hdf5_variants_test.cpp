#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "io/hdf5.h"
#include "ktrain/core/error.h"

// Files that h5py wrote, against what h5py reads in them; see make_hdf5_variants.py for the lists.

namespace ktrain {
namespace {

using Words = std::vector<std::string>;

std::string from_hex(const std::string& hex) {
  std::string bytes;
  for (std::size_t i = 0; hex != "-" && i < hex.size(); i += 2) {
    bytes += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
  }
  return bytes;
}

Words strings_from(const Words& words, std::size_t first) {
  Words strings;
  for (std::size_t i = first; i < words.size(); ++i) strings.push_back(from_hex(words[i]));
  return strings;
}

std::vector<std::int64_t> dims_from(const std::string& list) {
  std::vector<std::int64_t> dims;
  std::istringstream numbers(list == "-" ? "" : list);
  for (std::string number; std::getline(numbers, number, ',');) dims.push_back(std::stoll(number));
  return dims;
}

template <typename T>
std::string bytes_of(const H5Reader& reader, const std::string& path) {
  const std::vector<T> values = reader.read<T>(path);
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T)};
}

std::string bytes_of(const H5Reader& reader, const std::string& path, DType dtype) {
  switch (dtype) {
    case DType::kFloat32:
      return bytes_of<float>(reader, path);
    case DType::kFloat64:
      return bytes_of<double>(reader, path);
    case DType::kInt32:
      return bytes_of<std::int32_t>(reader, path);
    case DType::kInt64:
      return bytes_of<std::int64_t>(reader, path);
    default:
      return bytes_of<std::uint8_t>(reader, path);
  }
}

void check_array(const H5Reader& reader, const Words& words) {
  const H5Array array = reader.info(words[1]);
  EXPECT_EQ(name_of(array.dtype), words[2]);
  EXPECT_EQ(array.dims, dims_from(words[3]));
  EXPECT_TRUE(bytes_of(reader, words[1], array.dtype) == from_hex(words[4]));
}

void check_refused(const H5Reader& reader, const Words& words) {
  try {
    reader.info(words[1]);
    ADD_FAILURE() << words[1] << " was read";
  } catch (const Error& error) {
    const std::string message = error.what();
    EXPECT_EQ(error.code(), ExitCode::kData) << message;
    for (std::size_t i = 2; i < words.size(); ++i) {
      std::string phrase = words[i];
      std::ranges::replace(phrase, '_', ' ');
      EXPECT_NE(message.find(phrase), std::string::npos) << "'" << phrase << "' in: " << message;
    }
  }
}

void check_line(const H5Reader& reader, const Words& words) {
  const std::string path = words[1] == "." ? "" : words[1];
  if (words[0] == "group") {
    EXPECT_TRUE(reader.is_group(path));
    EXPECT_EQ(reader.list(path), Words(words.begin() + 2, words.end()));
  } else if (words[0] == "array") {
    check_array(reader, words);
  } else if (words[0] == "strings") {
    EXPECT_EQ(reader.read_strings(path), strings_from(words, 2));
  } else if (words[0] == "attribute") {
    EXPECT_TRUE(reader.has_attribute(path, words[2]));
    EXPECT_EQ(reader.attribute_strings(path, words[2]), strings_from(words, 3));
    EXPECT_FALSE(reader.has_attribute(path, words[2] + "?"));
  } else {
    check_refused(reader, words);
  }
}

void check_file(const std::filesystem::path& list) {
  const H5Reader reader(std::filesystem::path(list).replace_extension(".h5").string());
  std::ifstream lines(list);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream parts(line);
    const Words words{std::istream_iterator<std::string>(parts), {}};
    SCOPED_TRACE(list.filename().string() + ": " + line.substr(0, 80));
    try {
      check_line(reader, words);
    } catch (const Error& error) {
      ADD_FAILURE() << error.what();
    }
  }
}

int check_folder(const std::string& folder) {
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() != ".txt") continue;
    check_file(entry.path());
    ++files;
  }
  return files;
}

TEST(Hdf5Variants, ReadsWhatH5pyReadsInTheFixtures) {
  EXPECT_GE(check_folder(KTRAIN_HDF5_FIXTURES), 5);
}

TEST(Hdf5Variants, ReadsWhatH5pyReadsInAllVariants) {
  const char* folder = std::getenv("KTRAIN_HDF5_VARIANTS");
  if (folder == nullptr) GTEST_SKIP() << "no folder of make_hdf5_variants.py in KTRAIN_HDF5_VARIANTS";
  EXPECT_GE(check_folder(folder), 20);
}

}  // namespace
}  // namespace ktrain
