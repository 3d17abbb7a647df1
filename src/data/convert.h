#pragma once

#include <cstdint>
#include <span>

#include "ktrain/tensor/tensor.h"

namespace ktrain {

/// True for the dtypes that hold infinities.
bool is_floating(DType dtype);

/// Casts every element of `from` (any dtype of a file) to float32 in `to`, a float32 tensor of as many
/// elements. A plain cast of the value: 255 becomes 255.0.
void cast_to_float32(ConstTensorView from, TensorView to);

/// Up to this size every whole number is a float32.
inline constexpr std::int64_t kLargestExact = std::int64_t{1} << 24;

/// The place of the first whole number (int32 or int64) beyond ±kLargestExact; -1 when there is none.
std::int64_t find_inexact(ConstTensorView integers);

/// The place of the first value that is infinite or not a number; -1 when all are finite. Fast enough to be
/// always on (memory speed).
std::int64_t find_non_finite(std::span<const float> values);

}  // namespace ktrain
