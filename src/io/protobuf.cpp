#include "io/protobuf.h"

#include "core/text.h"
#include "ktrain/core/error.h"

namespace ktrain {

void ProtobufReader::refuse(const char* why) const {
  throw Error(ExitCode::kData, text(*name_, ": not a protocol-buffer message: ", why));
}

std::span<const std::byte> ProtobufReader::take(std::uint64_t count) {
  if (count > rest_.size()) refuse("it ends within a field");
  const auto bytes = rest_.first(count);
  rest_ = rest_.subspan(count);
  return bytes;
}

std::uint64_t ProtobufReader::fixed(std::size_t bytes) {
  std::uint64_t value = 0;
  const auto from = take(bytes);
  for (std::size_t i = bytes; i-- > 0;) value = value << 8 | std::to_integer<std::uint64_t>(from[i]);
  return value;
}

std::uint64_t ProtobufReader::varint() {
  std::uint64_t value = 0;
  for (int shift = 0; shift < 64; shift += 7) {
    const auto byte = std::to_integer<std::uint64_t>(take(1)[0]);
    value |= (byte & 0x7F) << shift;
    if ((byte & 0x80) == 0) return value;
  }
  refuse("a number of more than 64 bits");
}

std::optional<ProtobufReader::Field> ProtobufReader::next() {
  if (rest_.empty()) return std::nullopt;
  const std::uint64_t tag = varint();
  Field field{.number = tag >> 3, .kind = static_cast<Kind>(tag & 7), .value = 0, .bytes = {}};
  switch (field.kind) {
    case Kind::kVarint:
      field.value = varint();
      return field;
    case Kind::kFixed64:
      field.value = fixed(8);
      return field;
    case Kind::kFixed32:
      field.value = fixed(4);
      return field;
    case Kind::kBytes:
      field.bytes = take(varint());
      return field;
  }
  refuse("a field of an unknown kind");
}

}  // namespace ktrain
