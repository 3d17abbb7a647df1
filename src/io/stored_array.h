#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "io/element.h"

namespace ktrain {

/// An array as a file holds it: row-major elements in the file's own format, which become memory's when they
/// are read.
struct StoredArray {
  std::string name;  ///< the file, and the member where it has several; for messages
  ElementFormat format;
  std::vector<std::int64_t> dims;
  std::span<const std::byte> bytes;   ///< exactly the elements
  std::shared_ptr<const void> owner;  ///< keeps `bytes` alive: a mapped file or memory

  DType dtype() const { return *dtype_of(format); }
  /// The elements of dims[1], dims[2], …: one sample's.
  std::int64_t row_elements() const;
  /// Decodes row `row` of the first dimension into row_elements() elements of dtype().
  void read_row(std::int64_t row, void* to) const;
};

/// What a header promises: bytes of `format` elements of shape `dims`. Throws Error{kData} naming `name` for
/// formats that ktrain cannot hold, negative dimensions, and products beyond 63 bits.
std::size_t promised_bytes(const std::string& name, const ElementFormat& format,
                           std::span<const std::int64_t> dims);

/// Throws Error{kData} unless a file of `actual` bytes is as long as its header of `header` bytes and what
/// that promises: "truncated: …" or "… more follow".
void require_size(const std::string& name, std::size_t header, std::size_t promised, std::size_t actual);

}  // namespace ktrain
