#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "io/byte_cursor.h"

namespace ktrain {

/// "Nowhere", all bits set in whatever width.
inline constexpr std::uint64_t kH5Undefined = ~std::uint64_t{0};

/// Reads the numbers of an HDF5 file, whose addresses and lengths have the widths that its superblock says.
class H5Cursor : public ByteCursor {
 public:
  H5Cursor(std::span<const std::byte> bytes, std::size_t address_bytes, std::size_t length_bytes)
      : ByteCursor(bytes), address_bytes_(address_bytes), length_bytes_(length_bytes) {}

  std::uint64_t address() { return widened(address_bytes_); }
  /// All bits set, in whatever width, means unlimited.
  std::uint64_t length() { return widened(length_bytes_); }
  void expect(std::string_view signature, const char* what) {
    if (characters(signature.size()) != signature) malformed("is damaged: ", what, " is missing");
  }
  /// One byte that must be `version`.
  void expect_version(unsigned version, const char* what) {
    if (const unsigned found = u8(); found != version) {
      malformed("has ", what, " of version ", found, ", which ktrain does not read");
    }
  }

 private:
  std::uint64_t widened(std::size_t width) {
    const std::uint64_t value = number(width), ones = kH5Undefined >> (64 - 8 * width);
    return value == ones ? kH5Undefined : value;
  }

  std::size_t address_bytes_;
  std::size_t length_bytes_;
};

/// The bytes of an HDF5 file from its superblock on, which is where its addresses count from.
struct H5Image {
  std::span<const std::byte> bytes;
  std::size_t address_bytes = 8;
  std::size_t length_bytes = 8;
  std::uint64_t root = kH5Undefined;  ///< the root group's object header

  H5Cursor cursor(std::span<const std::byte> part) const { return {part, address_bytes, length_bytes}; }
  /// The bytes from `address` on, or `size` of them; both throw FormatError beyond the file.
  H5Cursor at(std::uint64_t address) const { return cursor(ByteCursor(bytes, address).rest()); }
  std::span<const std::byte> part(std::uint64_t address, std::uint64_t size) const {
    return ByteCursor(bytes, address).take(size);
  }
};

/// What a walk through a file may read: parts of a sound file lie apart, so that a walk that reads more than
/// the file holds goes in circles.
class H5Budget {
 public:
  explicit H5Budget(const H5Image& image) : left_(image.bytes.size()) {}
  void spend(std::uint64_t bytes) {
    if (bytes > left_) malformed("is damaged: its parts overlap or go in circles");
    left_ -= bytes;
  }

 private:
  std::uint64_t left_;
};

}  // namespace ktrain
