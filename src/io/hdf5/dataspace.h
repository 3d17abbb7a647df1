#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "io/hdf5/image.h"

namespace ktrain {

/// The shape of a dataset or attribute.
struct H5Space {
  bool null = false;                ///< no elements at all, and no shape
  std::vector<std::uint64_t> dims;  ///< none for a scalar
  std::vector<std::uint64_t> max_dims;
  /// Throws FormatError beyond 63 bits.
  std::uint64_t elements() const;
};

/// A dimension that may grow for ever.
inline constexpr std::uint64_t kH5Unlimited = kH5Undefined;

/// Versions 1 and 2 of the dataspace message. Throws FormatError.
H5Space parse_dataspace(H5Cursor cursor);

/// The product of sizes, which is 0 when one is, whatever the others are. Throws FormatError beyond 63 bits.
std::uint64_t h5_product(std::span<const std::uint64_t> sizes);

/// "(3, 4)".
std::string shape_text(std::span<const std::uint64_t> dims);

}  // namespace ktrain
