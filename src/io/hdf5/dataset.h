#pragma once

#include <vector>

#include "io/hdf5/dataspace.h"
#include "io/hdf5/datatype.h"
#include "io/hdf5/filters.h"
#include "io/hdf5/layout.h"
#include "io/hdf5/object_header.h"

namespace ktrain {

/// What a dataset's header says.
struct H5Dataset {
  H5Type type;
  H5Space space;
  H5Layout layout;
  std::vector<H5Filter> filters;
  std::span<const std::byte> fill;  ///< the element that stands for unwritten ones; empty: zeros
  /// Of all elements. Throws FormatError beyond 63 bits.
  std::uint64_t bytes() const;
};

/// True for the header of a dataset.
bool is_dataset_header(const H5ObjectHeader& header);

/// Throws FormatError for damaged headers and for values that lie in other files.
H5Dataset parse_dataset(const H5Image& image, const H5ObjectHeader& header);

/// The strings among `bytes`, one for each element of `space`; of damaged ones, FormatError.
std::vector<std::string> read_strings(const H5Image& image, const H5Type& type, const H5Space& space,
                                      std::span<const std::byte> bytes);

}  // namespace ktrain
