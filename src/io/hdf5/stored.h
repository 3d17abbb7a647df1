#pragma once

#include "io/hdf5/chunk_index.h"

namespace ktrain {

/// A dataset's values as they are stored, row by row of its first dimension; a scalar is one row.
///
/// Made only where what is stored can hold what the shape claims: all of it, at most 1 MiB where nothing is
/// written, most_inflated() where it lies in chunks. Chunks are unpacked a band (the rows that their first
/// dimension spans) at a time, and the last band is kept.
class H5Stored {
 public:
  /// `image` must stay. Throws FormatError.
  H5Stored(const H5Image& image, const H5ObjectHeader& header);

  const H5Dataset& dataset() const { return dataset_; }
  std::uint64_t rows() const;
  std::uint64_t row_bytes() const;

  /// The bytes of as many rows from `row` on as lie together, at least one and none from `end` on. They stay
  /// until the next call. Not for datasets without elements. Throws FormatError.
  std::span<const std::byte> rows_from(std::uint64_t row, std::uint64_t end);
  /// Those of all rows.
  std::span<const std::byte> all();

 private:
  void require_backed(const H5Image& image) const;
  void unpack(std::uint64_t begin, std::uint64_t end);
  std::vector<std::byte> filled(std::uint64_t rows) const;

  H5Dataset dataset_;
  std::span<const std::byte> bytes_;  ///< where they lie in the image; empty for chunks and unwritten ones
  std::vector<H5Chunk> chunks_;       ///< in the order of their first rows
  std::vector<std::byte> band_;       ///< unpacked rows [band_begin_, band_end_)
  std::uint64_t band_begin_ = 0, band_end_ = 0;
  std::vector<std::byte> all_;
};

}  // namespace ktrain
