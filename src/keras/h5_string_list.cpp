#include "keras/h5_string_list.h"

#include <algorithm>
#include <cstddef>
#include <span>

namespace ktrain {
namespace {

constexpr std::size_t kMaxAttributeBytes = 64512;

}  // namespace

std::vector<std::string> read_string_list(const H5Reader& file, const std::string& group,
                                          const std::string& name) {
  if (file.has_attribute(group, name)) return file.attribute_strings(group, name);
  std::vector<std::string> all;
  for (int i = 0; file.has_attribute(group, name + std::to_string(i)); ++i) {
    const auto part = file.attribute_strings(group, name + std::to_string(i));
    all.insert(all.end(), part.begin(), part.end());
  }
  return all;
}

void write_string_list(H5Writer& file, const std::string& group, const std::string& name,
                       const std::vector<std::string>& values) {
  std::size_t longest = 1;
  for (const std::string& value : values) longest = std::max(longest, value.size());
  const std::size_t parts = (values.size() * longest + kMaxAttributeBytes - 1) / kMaxAttributeBytes;
  if (parts <= 1) return file.attribute(group, name, std::span(values));
  for (std::size_t i = 0; i < parts; ++i) {
    const std::size_t begin = i * values.size() / parts, end = (i + 1) * values.size() / parts;
    file.attribute(group, name + std::to_string(i), std::span(values).subspan(begin, end - begin));
  }
}

}  // namespace ktrain
