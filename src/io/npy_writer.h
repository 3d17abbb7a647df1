#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "io/durable_file.h"
#include "ktrain/core/dtype.h"

namespace ktrain {

/// Writes an NPY file (version 1.0) whose elements come in order, piece by piece. The file appears, whole,
/// when finish() returns; without it nothing is left. Throws Error{kIo} naming the file.
class NpyWriter {
 public:
  /// An array of shape `dims`, row-major. Not for bfloat16.
  NpyWriter(const std::string& file, DType dtype, std::span<const std::int64_t> dims);

  /// The next elements.
  void append(std::span<const std::byte> elements);
  /// Exactly all elements must have come.
  void finish();

 private:
  DurableFile file_;
  std::size_t missing_;  ///< bytes still to come
};

}  // namespace ktrain
