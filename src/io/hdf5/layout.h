#pragma once

#include <cstdint>
#include <vector>

#include "io/hdf5/image.h"

namespace ktrain {

/// Where a dataset's values lie.
struct H5Layout {
  enum class Kind { kCompact, kContiguous, kChunked };
  /// How chunks are found.
  enum class Index { kTree, kSingle, kImplicit, kFixedArray, kExtensibleArray, kNewTree };

  Kind kind = Kind::kContiguous;
  std::span<const std::byte> compact;
  std::uint64_t address = kH5Undefined;  ///< of the values, or of the chunks' index; undefined: unwritten
  std::uint64_t bytes = 0;               ///< of contiguous values

  Index index = Index::kTree;
  std::vector<std::uint64_t> chunk;  ///< dims of a chunk, as many as the dataset has
  std::uint32_t element_bytes = 0;
  bool single_filtered = false;  ///< a single chunk with its size and skipped filters here
  std::uint64_t single_bytes = 0;
  std::uint32_t single_skipped = 0;
};

/// Versions 1 to 5 of the layout message. Throws FormatError for damaged ones, for virtual datasets, and for
/// edge chunks that are left unfiltered.
H5Layout parse_layout(H5Cursor cursor);

}  // namespace ktrain
