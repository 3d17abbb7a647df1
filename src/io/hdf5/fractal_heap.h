#pragma once

#include <map>
#include <optional>

#include "io/hdf5/image.h"

namespace ktrain {

/// The heap that links and attributes lie in where an object has many of them. Objects have names of a few
/// bytes, kept in B-trees. Filtered heaps are refused.
class H5FractalHeap {
 public:
  /// Throws FormatError, as every function does.
  H5FractalHeap(const H5Image& image, std::uint64_t address);

  std::size_t id_bytes() const { return id_bytes_; }
  std::span<const std::byte> object(std::span<const std::byte> id);

 private:
  std::span<const std::byte> managed(H5Cursor id) const;
  std::span<const std::byte> huge(H5Cursor id);
  std::span<const std::byte> in_block(std::uint64_t block, std::uint64_t block_bytes, std::uint64_t offset,
                                      std::uint64_t size) const;
  std::uint64_t row_bytes(unsigned row) const;
  /// The bytes of an indirect block of this many rows behind its prefix.
  H5Cursor indirect(std::uint64_t address, unsigned rows) const;

  const H5Image& image_;
  std::uint64_t address_;
  std::size_t id_bytes_;
  std::size_t offset_bytes_, size_bytes_;
  std::uint64_t table_width_, first_block_bytes_, largest_direct_bytes_;
  std::uint64_t huge_tree_, root_;
  unsigned root_rows_;
  std::optional<std::map<std::uint64_t, std::span<const std::byte>>> huge_;
};

}  // namespace ktrain
