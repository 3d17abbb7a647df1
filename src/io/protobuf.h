#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace ktrain {

/// Walks the fields of one message in protocol-buffer wire format. A reader of our own rather than generated
/// code: tf.train.Example is three small messages, is read in place without a copy or an allocation, and then
/// needs neither protoc nor a runtime that differs between distributions.
class ProtobufReader {
 public:
  /// `message` must stay; `name` is for errors.
  ProtobufReader(std::span<const std::byte> message, const std::string& name)
      : rest_(message), name_(&name) {}

  enum class Kind : std::uint8_t { kVarint = 0, kFixed64 = 1, kBytes = 2, kFixed32 = 5 };
  struct Field {
    std::uint64_t number = 0;
    Kind kind = Kind::kVarint;
    std::uint64_t value = 0;           ///< of kVarint, kFixed32 and kFixed64
    std::span<const std::byte> bytes;  ///< of kBytes
  };

  /// The next field; nothing at the end. Throws Error{kData} for what is not a message.
  std::optional<Field> next();

  bool at_end() const { return rest_.empty(); }
  /// The next value of a packed list.
  std::uint64_t varint();
  std::uint64_t fixed(std::size_t bytes);

 private:
  std::span<const std::byte> take(std::uint64_t count);
  [[noreturn]] void refuse(const char* why) const;

  std::span<const std::byte> rest_;
  const std::string* name_;
};

}  // namespace ktrain
