#pragma once

#include <vector>

#include "io/hdf5/dataset.h"

namespace ktrain {

/// A stored chunk of a dataset.
struct H5Chunk {
  std::vector<std::uint64_t> offset;  ///< of its first element, in the dataset
  std::span<const std::byte> stored;
  std::uint32_t skipped = 0;  ///< bit i: filter i was left out
};

/// The chunks that are stored, from whichever index a dataset has. Together they are no larger than the file.
/// Throws FormatError.
std::vector<H5Chunk> find_chunks(const H5Image& image, const H5Dataset& dataset);

/// Bytes of an unfiltered chunk.
std::uint64_t chunk_bytes(const H5Dataset& dataset);

}  // namespace ktrain
