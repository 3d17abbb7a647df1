#pragma once

#include <map>
#include <string>

#include "io/hdf5/object_header.h"

namespace ktrain {

/// A group's member. Links that name a path instead of an object lead nowhere that ktrain follows.
struct H5Link {
  enum class Kind { kHard, kSoft, kExternal, kOther };
  Kind kind = Kind::kHard;
  std::uint64_t object = kH5Undefined;  ///< the object's header, of a hard link
};

/// Members in byte order ("10" before "2").
using H5Group = std::map<std::string, H5Link, std::less<>>;

/// True for the header of a group of either kind.
bool is_group_header(const H5ObjectHeader& header);

/// The members of a group: a symbol table (B-tree and local heap), or links in its header, or those in a
/// fractal heap. Throws FormatError.
H5Group read_group(const H5Image& image, const H5ObjectHeader& header);

}  // namespace ktrain
