#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace ktrain {

enum class DType : std::uint8_t { kFloat32, kFloat64, kBFloat16, kInt32, kInt64, kUint8, kBool };

/// Bytes of one element.
std::size_t size_of(DType dtype);

/// Keras's name: "float32", "int64", …
std::string_view name_of(DType dtype);

/// The DType of a C++ element type.
template <typename T>
struct DTypeOf;
template <>
struct DTypeOf<float> {
  static constexpr DType kValue = DType::kFloat32;
};
template <>
struct DTypeOf<double> {
  static constexpr DType kValue = DType::kFloat64;
};
template <>
struct DTypeOf<std::int32_t> {
  static constexpr DType kValue = DType::kInt32;
};
template <>
struct DTypeOf<std::int64_t> {
  static constexpr DType kValue = DType::kInt64;
};
template <>
struct DTypeOf<std::uint8_t> {
  static constexpr DType kValue = DType::kUint8;
};
template <>
struct DTypeOf<bool> {
  static constexpr DType kValue = DType::kBool;
};

template <typename T>
inline constexpr DType kDTypeOf = DTypeOf<T>::kValue;

}  // namespace ktrain
