#include "data/convert.h"

#include <bit>
#include <cstring>

#include "core/check.h"
#include "core/simd.h"

namespace ktrain {
namespace {

KTRAIN_SIMD void cast(const std::uint8_t* from, std::int64_t count, float* to) {
  for (std::int64_t i = 0; i < count; ++i) to[i] = static_cast<float>(from[i]);
}

KTRAIN_SIMD void cast(const std::int32_t* from, std::int64_t count, float* to) {
  for (std::int64_t i = 0; i < count; ++i) to[i] = static_cast<float>(from[i]);
}

KTRAIN_SIMD void cast(const std::int64_t* from, std::int64_t count, float* to) {
  for (std::int64_t i = 0; i < count; ++i) to[i] = static_cast<float>(from[i]);
}

KTRAIN_SIMD void cast(const double* from, std::int64_t count, float* to) {
  for (std::int64_t i = 0; i < count; ++i) to[i] = static_cast<float>(from[i]);
}

template <typename T>
[[gnu::always_inline]] inline bool all_exact(const T* values, std::int64_t count) {
  constexpr T kLargest = static_cast<T>(kLargestExact);
  bool exact = true;
  for (std::int64_t i = 0; i < count; ++i) exact &= -kLargest <= values[i] && values[i] <= kLargest;
  return exact;
}

KTRAIN_SIMD bool are_exact(const std::int32_t* values, std::int64_t count) {
  return all_exact(values, count);
}

KTRAIN_SIMD bool are_exact(const std::int64_t* values, std::int64_t count) {
  return all_exact(values, count);
}

template <typename T>
std::int64_t first_inexact(std::span<const T> values) {
  if (are_exact(values.data(), std::ssize(values))) return -1;
  std::int64_t place = 0;
  while (are_exact(values.data() + place, 1)) ++place;
  return place;
}

// All exponent bits set means infinite or not a number.
constexpr std::uint32_t kExponent = 0x7F800000;

KTRAIN_SIMD bool all_finite(const float* values, std::int64_t count) {
  std::uint32_t bad = 0;
  for (std::int64_t i = 0; i < count; ++i) {
    bad |= (std::bit_cast<std::uint32_t>(values[i]) & kExponent) == kExponent ? 1U : 0U;
  }
  return bad == 0;
}

}  // namespace

bool is_floating(DType dtype) {
  return dtype == DType::kFloat32 || dtype == DType::kFloat64 || dtype == DType::kBFloat16;
}

void cast_to_float32(ConstTensorView from, TensorView to) {
  KTRAIN_CHECK(from.elements() == to.elements(), from.shape(), " to ", to.shape());
  const std::int64_t count = from.elements();
  float* out = to.data<float>();
  switch (from.dtype()) {
    case DType::kUint8:
    case DType::kBool:
      return cast(static_cast<const std::uint8_t*>(from.address()), count, out);
    case DType::kInt32:
      return cast(from.data<std::int32_t>(), count, out);
    case DType::kInt64:
      return cast(from.data<std::int64_t>(), count, out);
    case DType::kFloat64:
      return cast(from.data<double>(), count, out);
    case DType::kFloat32:
      std::memcpy(out, from.address(), from.bytes());
      return;
    case DType::kBFloat16:
      break;
  }
  KTRAIN_CHECK(false, "no cast from ", name_of(from.dtype()));
}

std::int64_t find_inexact(ConstTensorView integers) {
  return integers.dtype() == DType::kInt32 ? first_inexact(integers.span<std::int32_t>())
                                           : first_inexact(integers.span<std::int64_t>());
}

std::int64_t find_non_finite(std::span<const float> values) {
  const auto count = static_cast<std::int64_t>(values.size());
  if (all_finite(values.data(), count)) return -1;
  std::int64_t place = 0;
  while (all_finite(values.data() + place, 1)) ++place;
  return place;
}

}  // namespace ktrain
