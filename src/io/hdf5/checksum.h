#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace ktrain {

/// Bob Jenkins's lookup3 (hashlittle, initial value 0) over bytes, which HDF5 checks its structures with.
std::uint32_t h5_checksum(std::span<const std::byte> bytes);

/// Throws FormatError unless the last four bytes of a structure are the checksum of the others.
void require_h5_checksum(std::span<const std::byte> structure);

/// HDF5's Fletcher-32 over big-endian 16-bit words, with which the filter of that name checks a chunk.
std::uint32_t fletcher32(std::span<const std::byte> bytes);

/// Throws FormatError unless `stored` is that of a chunk, in either byte order.
void require_fletcher32(std::span<const std::byte> chunk, std::uint32_t stored);

}  // namespace ktrain
