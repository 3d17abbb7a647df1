#include "io/element.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <type_traits>

#include "core/check.h"
#include "io/half.h"

namespace ktrain {
namespace {

static_assert(std::endian::native == std::endian::little, "files are decoded for a little-endian machine");

template <typename Stored>
Stored load(const std::byte* from, bool big_endian) {
  std::array<std::byte, sizeof(Stored)> bytes;
  std::copy_n(from, sizeof(Stored), bytes.begin());
  if (big_endian) std::reverse(bytes.begin(), bytes.end());
  return std::bit_cast<Stored>(bytes);
}

template <typename Stored, typename Element>
void decode_as(const std::byte* from, std::int64_t count, bool big_endian, void* to) {
  if constexpr (std::is_same_v<Stored, Element>) {
    if (!big_endian) {
      std::memcpy(to, from, static_cast<std::size_t>(count) * sizeof(Stored));
      return;
    }
  }
  auto* elements = static_cast<Element*>(to);
  for (std::int64_t i = 0; i < count; ++i, from += sizeof(Stored)) {
    const auto stored = load<Stored>(from, big_endian);
    if constexpr (std::is_same_v<Stored, Half>) {
      elements[i] = to_float(stored);
    } else {
      elements[i] = static_cast<Element>(stored);
    }
  }
}

struct Decoder {
  char kind;
  std::size_t bytes;
  DType dtype;
  void (*decode)(const std::byte*, std::int64_t, bool, void*);
};

template <typename Stored, typename Element>
constexpr Decoder decoder(char kind) {
  return {kind, sizeof(Stored), kDTypeOf<Element>, decode_as<Stored, Element>};
}

// Booleans travel as the bytes they are: a stored 2 must not become an invalid bool.
constexpr Decoder kDecoders[] = {
    decoder<std::uint8_t, std::uint8_t>('u'),
    decoder<std::uint16_t, std::int32_t>('u'),
    decoder<std::uint32_t, std::int64_t>('u'),
    decoder<std::int8_t, std::int32_t>('i'),
    decoder<std::int16_t, std::int32_t>('i'),
    decoder<std::int32_t, std::int32_t>('i'),
    decoder<std::int64_t, std::int64_t>('i'),
    decoder<Half, float>('f'),
    decoder<float, float>('f'),
    decoder<double, double>('f'),
    {'b', 1, DType::kBool, decode_as<std::uint8_t, std::uint8_t>},
};

const Decoder* find(const ElementFormat& format) {
  const auto* found = std::ranges::find_if(kDecoders, [&](const Decoder& decoder) {
    return decoder.kind == format.kind && decoder.bytes == format.bytes;
  });
  return found == std::end(kDecoders) ? nullptr : found;
}

}  // namespace

std::string to_string(const ElementFormat& format) {
  return text(format.bytes == 1 ? "|" : format.big_endian ? ">" : "<", format.kind, format.bytes);
}

std::optional<DType> dtype_of(const ElementFormat& format) {
  const Decoder* decoder = find(format);
  return decoder == nullptr ? std::nullopt : std::optional(decoder->dtype);
}

ElementFormat format_of(DType dtype) {
  const auto* found = std::ranges::find_if(kDecoders, [&](const Decoder& decoder) {
    return decoder.dtype == dtype && decoder.bytes == size_of(dtype);
  });
  KTRAIN_CHECK(found != std::end(kDecoders), name_of(dtype));
  return {found->kind, found->bytes, false};
}

void decode(const ElementFormat& format, const std::byte* from, std::int64_t count, void* to) {
  const Decoder* decoder = find(format);
  KTRAIN_CHECK(decoder != nullptr, to_string(format));
  if (count == 0) return;  // the arrays may be null
  decoder->decode(from, count, format.big_endian && format.bytes > 1, to);
}

}  // namespace ktrain
