#pragma once

#include <fstream>
#include <iterator>
#include <string>

namespace ktrain::testing {

inline std::string text_of(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace ktrain::testing
