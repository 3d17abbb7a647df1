#include "io/hdf5/convert.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <type_traits>
#include <utility>

#include "core/check.h"
#include "io/half.h"

namespace ktrain {
namespace {

/// The number that the bits of a stored one mean.
float value_of(Half stored) {
  return to_float(stored);
}
float value_of(Brain stored) {
  return to_float(stored);
}
template <typename Number>
Number value_of(Number stored) {
  return stored;
}

template <typename To, typename From>
To converted(From value) {
  if constexpr (std::is_same_v<To, From> || std::is_floating_point_v<To>) {
    return static_cast<To>(value);
  } else if constexpr (std::is_floating_point_v<From>) {
    // The powers of two at the ends of To are exact in every floating-point type.
    const From end = std::ldexp(From{1}, std::numeric_limits<To>::digits);
    const From begin = std::is_signed_v<To> ? -end : From{0};
    if (std::isnan(value)) return 0;
    if (value >= end) return std::numeric_limits<To>::max();
    return value <= begin ? std::numeric_limits<To>::min() : static_cast<To>(value);
  } else {
    if (std::cmp_less(value, std::numeric_limits<To>::min())) return std::numeric_limits<To>::min();
    if (std::cmp_greater(value, std::numeric_limits<To>::max())) return std::numeric_limits<To>::max();
    return static_cast<To>(value);
  }
}

struct Numbers {
  std::span<const std::byte> stored;
  std::uint64_t count;
  bool swapped;
};

template <typename Stored, typename To>
void convert(const Numbers& from, void* data) {
  auto* to = static_cast<To*>(data);
  for (std::uint64_t i = 0; i < from.count; ++i) {
    std::array<std::byte, sizeof(Stored)> bytes;
    std::memcpy(bytes.data(), from.stored.data() + i * sizeof(Stored), sizeof(Stored));
    if (from.swapped) std::ranges::reverse(bytes);
    to[i] = converted<To>(value_of(std::bit_cast<Stored>(bytes)));
  }
}

template <typename To>
void convert_to(const H5Type& type, const Numbers& from, void* data) {
  using Kind = H5Type::Kind;
  if (type.kind == Kind::kBfloat16) return convert<Brain, To>(from, data);
  const bool floating = type.kind == Kind::kFloat;
  switch (type.bytes) {
    case 1:
      return type.is_signed ? convert<std::int8_t, To>(from, data) : convert<std::uint8_t, To>(from, data);
    case 2:
      if (floating) return convert<Half, To>(from, data);
      return type.is_signed ? convert<std::int16_t, To>(from, data) : convert<std::uint16_t, To>(from, data);
    case 4:
      if (floating) return convert<float, To>(from, data);
      return type.is_signed ? convert<std::int32_t, To>(from, data) : convert<std::uint32_t, To>(from, data);
    default:
      if (floating) return convert<double, To>(from, data);
      return type.is_signed ? convert<std::int64_t, To>(from, data) : convert<std::uint64_t, To>(from, data);
  }
}

/// True when the stored bytes are what memory holds.
bool is_same(const H5Type& type, DType dtype) {
  const bool exact = type.kind == H5Type::Kind::kFloat || type.kind == H5Type::Kind::kInteger;
  return exact && !type.big_endian && type.dtype() == dtype && type.bytes == size_of(dtype) &&
         (dtype != DType::kInt64 || type.is_signed);
}

}  // namespace

void convert_numbers(const H5Type& type, std::span<const std::byte> stored, std::uint64_t count, DType dtype,
                     void* data) {
  KTRAIN_CHECK(type.dtype() && stored.size() / type.bytes >= count, count);
  if (count == 0) return;
  if (is_same(type, dtype)) {
    std::memcpy(data, stored.data(), static_cast<std::size_t>(count) * type.bytes);
    return;
  }
  const Numbers from{stored, count, type.big_endian};
  switch (dtype) {
    case DType::kFloat32:
      return convert_to<float>(type, from, data);
    case DType::kFloat64:
      return convert_to<double>(type, from, data);
    case DType::kInt32:
      return convert_to<std::int32_t>(type, from, data);
    case DType::kInt64:
      return convert_to<std::int64_t>(type, from, data);
    case DType::kUint8:
      return convert_to<std::uint8_t>(type, from, data);
    default:
      KTRAIN_CHECK(false, name_of(dtype), " from HDF5");
  }
}

}  // namespace ktrain
