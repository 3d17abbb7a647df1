#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "ktrain/core/dtype.h"

namespace ktrain {

/// How a file lays down one element, in NumPy's terms.
struct ElementFormat {
  char kind = 'f';  ///< 'b' boolean, 'i' signed, 'u' unsigned, 'f' floating
  std::size_t bytes = 4;
  bool big_endian = false;

  friend bool operator==(const ElementFormat&, const ElementFormat&) = default;
};

/// NumPy's name of the format: "<f4".
std::string to_string(const ElementFormat& format);

/// What such elements become in memory: the same type where ktrain has it, else the next that holds every
/// value (int8, int16 and uint16 as int32, uint32 as int64, float16 as float32). Nothing for formats that no
/// type of ktrain holds.
std::optional<DType> dtype_of(const ElementFormat& format);

/// The format in which ktrain writes elements of `dtype`: little endian, of the same size. Not for bfloat16,
/// which NumPy does not know.
ElementFormat format_of(DType dtype);

/// Decodes `count` elements at `from` (any alignment) into `to`, an array of dtype_of(format). The regions
/// must not overlap.
void decode(const ElementFormat& format, const std::byte* from, std::int64_t count, void* to);

}  // namespace ktrain
