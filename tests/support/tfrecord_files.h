#pragma once

#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "io/crc32c.h"

namespace ktrain::testing {

inline std::string little(std::uint64_t value, int bytes) {
  std::string text;
  for (int i = 0; i < bytes; ++i) text += static_cast<char>(value >> 8 * i & 255);
  return text;
}

inline std::string masked_checksum(std::string_view bytes) {
  const std::uint32_t crc = crc32c(std::as_bytes(std::span(bytes)));
  return little(static_cast<std::uint32_t>((crc >> 15 | crc << 17) + 0xA282EAD8U), 4);
}

/// One record of a TFRecord file.
inline std::string tf_record(std::string_view data) {
  const std::string length = little(data.size(), 8);
  return length + masked_checksum(length) + std::string(data) + masked_checksum(data);
}

inline std::string varint(std::uint64_t value) {
  std::string text;
  for (; value >= 128; value >>= 7) text += static_cast<char>(value | 128);
  return text + static_cast<char>(value);
}

/// A field of bytes, strings and messages.
inline std::string bytes_field(int number, std::string_view bytes) {
  return varint(static_cast<std::uint64_t>(number) << 3 | 2) + varint(bytes.size()) + std::string(bytes);
}

/// An entry of tf.train.Features.
inline std::string tf_feature(std::string_view name, int list, std::string_view message) {
  return bytes_field(1, bytes_field(1, name) + bytes_field(2, bytes_field(list, message)));
}
inline std::string tf_bytes(std::string_view name, const std::vector<std::string>& values) {
  std::string list;
  for (const std::string& value : values) list += bytes_field(1, value);
  return tf_feature(name, 1, list);
}
inline std::string tf_floats(std::string_view name, const std::vector<float>& values) {
  std::string packed(values.size() * sizeof(float), '\0');
  std::memcpy(packed.data(), values.data(), packed.size());
  return tf_feature(name, 2, bytes_field(1, packed));
}
inline std::string tf_int64s(std::string_view name, const std::vector<std::int64_t>& values) {
  std::string packed;
  for (const std::int64_t value : values) packed += varint(static_cast<std::uint64_t>(value));
  return tf_feature(name, 3, bytes_field(1, packed));
}

/// A tf.train.Example of these entries.
inline std::string tf_example(std::string_view features) {
  return bytes_field(1, features);
}

}  // namespace ktrain::testing
