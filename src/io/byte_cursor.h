#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <string_view>

#include "core/text.h"

namespace ktrain {

/// What is wrong with the bytes of a file, in a phrase that follows a name ("is damaged: …"). The reader that
/// knows the file's name turns it into Error{kData}.
class FormatError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

template <typename... Parts>
[[noreturn]] void malformed(const Parts&... parts) {
  throw FormatError(text(parts...));
}

/// Reads little-endian numbers one after the other from bytes of unknown origin. Throws FormatError at their
/// end.
class ByteCursor {
 public:
  explicit ByteCursor(std::span<const std::byte> bytes) : bytes_(bytes) {}
  /// From byte `at` on.
  ByteCursor(std::span<const std::byte> bytes, std::uint64_t at) : bytes_(bytes) { take(at); }

  std::size_t remaining() const { return bytes_.size(); }
  std::span<const std::byte> rest() const { return bytes_; }

  std::span<const std::byte> take(std::uint64_t count) {
    if (count > bytes_.size()) malformed("is damaged: it ends early");
    const auto taken = bytes_.first(static_cast<std::size_t>(count));
    bytes_ = bytes_.subspan(taken.size());
    return taken;
  }
  std::string_view characters(std::uint64_t count) {
    const auto taken = take(count);
    return {reinterpret_cast<const char*>(taken.data()), taken.size()};
  }
  void skip(std::uint64_t count) { take(count); }

  /// A number of `count` bytes, 1 to 8.
  std::uint64_t number(std::size_t count) {
    const auto taken = take(count);
    std::uint64_t value = 0;
    for (std::size_t i = count; i-- > 0;) value = value << 8 | std::to_integer<std::uint64_t>(taken[i]);
    return value;
  }
  std::uint8_t u8() { return static_cast<std::uint8_t>(number(1)); }
  std::uint16_t u16() { return static_cast<std::uint16_t>(number(2)); }
  std::uint32_t u32() { return static_cast<std::uint32_t>(number(4)); }
  std::uint64_t u64() { return number(8); }

 private:
  std::span<const std::byte> bytes_;
};

}  // namespace ktrain
