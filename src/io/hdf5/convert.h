#pragma once

#include "io/hdf5/datatype.h"

namespace ktrain {

/// Converts `count` stored numbers of `type` (one with a dtype()) into an array of `dtype`: float32, float64,
/// uint8, int32 or int64. Floating-point values are rounded to floating-point types and cut to integers;
/// integers take the nearest value that they have (not a number: 0).
void convert_numbers(const H5Type& type, std::span<const std::byte> stored, std::uint64_t count, DType dtype,
                     void* data);

}  // namespace ktrain
