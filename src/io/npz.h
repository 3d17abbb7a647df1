#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "io/stored_array.h"

namespace ktrain {

/// One array of an NPZ file.
struct NpzMember {
  std::string name;  ///< without ".npy", as numpy.load has it
  StoredArray array;
};

/// Reads every array of an NPZ file (numpy.savez, numpy.savez_compressed), in the file's order; compressed
/// ones into memory, others stay in the mapped file. Checksums are checked. Throws Error{kNoInput} for a
/// missing file, Error{kData} for one that is not a zip file, is damaged (see ZipReader), or holds no arrays.
std::vector<NpzMember> read_npz(const std::string& path);

/// The same for a file's bytes, which must stay; `name` is what messages call it.
std::vector<NpzMember> parse_npz(std::span<const std::byte> file, const std::string& name);

}  // namespace ktrain
