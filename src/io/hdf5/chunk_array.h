#pragma once

#include <cstdint>
#include <vector>

#include "io/hdf5/image.h"

namespace ktrain {

/// What an array of chunks says of one: where it lies, and, where chunks are filtered, its stored size and
/// the filters that it skipped.
struct H5ArrayEntry {
  std::uint64_t address = kH5Undefined;
  std::uint64_t bytes = 0;
  std::uint32_t skipped = 0;
};

/// The first `count` entries of a fixed array of chunks, checksums checked. Throws FormatError.
std::vector<H5ArrayEntry> read_fixed_array(const H5Image& image, std::uint64_t header, std::uint64_t count);

/// The same of an extensible array; entries that it has no block for yet are undefined.
std::vector<H5ArrayEntry> read_extensible_array(const H5Image& image, std::uint64_t header,
                                                std::uint64_t count);

/// Reads entries of `entry_bytes`, as the arrays and trees of chunks hold them.
H5ArrayEntry take_array_entry(H5Cursor& cursor, bool filtered, std::size_t address_bytes,
                              std::size_t entry_bytes);

/// Throws FormatError unless entries of this many bytes can be.
void require_entry_bytes(bool filtered, std::size_t address_bytes, std::size_t entry_bytes);

}  // namespace ktrain
