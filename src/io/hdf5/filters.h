#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "io/hdf5/image.h"

namespace ktrain {

/// A step that chunks went through when they were written.
enum class H5Filter : std::uint16_t { kDeflate = 1, kShuffle = 2, kFletcher32 = 3 };

/// The steps in the order of writing: versions 1 and 2 of the filter message. Throws FormatError that names
/// any other filter, or a chain longer than ever useful.
std::vector<H5Filter> parse_filters(H5Cursor cursor);

/// A chunk of `chunk_bytes` bytes of elements of `element_bytes`, from what is stored. Bit i of `skipped`
/// says that filter i was left out. Throws FormatError for damaged ones.
std::vector<std::byte> decode_chunk(std::span<const H5Filter> filters, std::uint32_t skipped,
                                    std::span<const std::byte> stored, std::uint64_t chunk_bytes,
                                    std::size_t element_bytes);

}  // namespace ktrain
