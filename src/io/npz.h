#pragma once

#include <string>
#include <vector>

#include "io/stored_array.h"

namespace ktrain {

/// One array of an NPZ file.
struct NpzMember {
  std::string name;  ///< without ".npy", as numpy.load has it
  StoredArray array;
};

/// Reads every array of an NPZ file (numpy.savez, numpy.savez_compressed) into memory, in the file's order.
/// Checksums are checked. Throws Error{kNoInput} for a missing file, Error{kData} for one that is not a zip
/// file, is damaged, or holds no arrays.
std::vector<NpzMember> read_npz(const std::string& path);

}  // namespace ktrain
