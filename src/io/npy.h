#pragma once

#include <memory>
#include <span>
#include <string>

#include "io/stored_array.h"

namespace ktrain {

/// Maps an NPY file (numpy.lib.format, versions 1 to 3). Throws Error{kNoInput} for a missing file,
/// Error{kData} for one that is not NPY, is in Fortran order, holds Python objects or records, or whose
/// length is not what its header says.
StoredArray open_npy(const std::string& path);

/// The same for NPY data in memory that `owner` keeps; `name` is what messages call it.
StoredArray parse_npy(std::span<const std::byte> file, const std::string& name,
                      std::shared_ptr<const void> owner);

/// The header (version 1.0) of an NPY file of such an array: everything before the elements.
std::string npy_header(const ElementFormat& format, std::span<const std::int64_t> dims);

}  // namespace ktrain
