#pragma once

#include "io/hdf5/image.h"

namespace ktrain {

/// Finds the superblock (versions 0 to 3) at byte 0, 512, 1024, 2048, … of a file. Throws FormatError when it
/// is not HDF5 or shorter than it says.
H5Image open_h5_image(std::span<const std::byte> file);

}  // namespace ktrain
