#pragma once

#include <bit>
#include <cstdint>

namespace ktrain {

/// The bits of an IEEE 754 binary16, kept apart from the integers.
struct Half {
  std::uint16_t bits;
};

/// The bits of a bfloat16: the upper half of a float32.
struct Brain {
  std::uint16_t bits;
};

inline float to_float(Half half) {
  const std::uint32_t sign = (half.bits & 0x8000U) << 16;
  const std::uint32_t exponent = (half.bits >> 10) & 0x1FU;
  const std::uint32_t fraction = half.bits & 0x3FFU;
  if (exponent == 0) {  // zero or subnormal: fraction · 2^-24
    const float magnitude = static_cast<float>(fraction) * 0x1p-24F;
    return sign != 0 ? -magnitude : magnitude;
  }
  const std::uint32_t wide = exponent == 31 ? 255 : exponent + 112;
  return std::bit_cast<float>(sign | (wide << 23) | (fraction << 13));
}

inline float to_float(Brain brain) {
  return std::bit_cast<float>(std::uint32_t{brain.bits} << 16);
}

}  // namespace ktrain
