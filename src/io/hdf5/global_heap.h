#pragma once

#include <map>

#include "io/hdf5/image.h"

namespace ktrain {

/// The heap that strings of variable length lie in, as collections of numbered objects.
class H5GlobalHeap {
 public:
  explicit H5GlobalHeap(const H5Image& image) : image_(image), budget_(image) {}

  /// The bytes of an object. Collections are read once. Throws FormatError.
  std::span<const std::byte> object(std::uint64_t collection, std::uint32_t index);

 private:
  using Collection = std::map<std::uint32_t, std::span<const std::byte>>;
  Collection read(std::uint64_t address);

  const H5Image& image_;
  H5Budget budget_;
  std::map<std::uint64_t, Collection> collections_;
};

}  // namespace ktrain
