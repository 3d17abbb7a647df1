#pragma once

#include <optional>
#include <string_view>

#include "io/hdf5/dataspace.h"
#include "io/hdf5/datatype.h"
#include "io/hdf5/object_header.h"

namespace ktrain {

struct H5Attribute {
  H5Type type;
  H5Space space;
  std::span<const std::byte> data;  ///< at least what type and space ask for
};

/// An object's attribute of this name, from its header or its fractal heap; nothing where it has none. Throws
/// FormatError.
std::optional<H5Attribute> find_attribute(const H5Image& image, const H5ObjectHeader& header,
                                          std::string_view name);

}  // namespace ktrain
