#pragma once

#include <gtest/gtest.h>

#include <fstream>
#include <string>
#include <string_view>

namespace ktrain::testing {

inline void write_text(const std::string& file, std::string_view content) {
  std::ofstream(file, std::ios::binary) << content;
  ASSERT_EQ(std::ifstream(file, std::ios::binary | std::ios::ate).tellg(),
            static_cast<std::streamoff>(content.size()));
}

/// The bytes of these values, each 0 … 255.
template <typename... Values>
std::string raw(Values... values) {
  return {static_cast<char>(values)...};
}

/// An IDX header: the type's code and the sizes.
inline std::string idx_header(int type, std::initializer_list<unsigned> sizes) {
  std::string header = raw(0, 0, type, static_cast<int>(sizes.size()));
  for (const unsigned size : sizes) header += raw(size >> 24, size >> 16 & 255, size >> 8 & 255, size & 255);
  return header;
}

inline const std::string kNpyMagic = "\x93NUMPY";

/// An NPY file of version 1.0, by its parts.
inline std::string npy_file(std::string dictionary, std::string_view elements) {
  dictionary += '\n';
  return kNpyMagic + raw(1, 0, dictionary.size() & 255, dictionary.size() >> 8) + dictionary +
         std::string(elements);
}

}  // namespace ktrain::testing
