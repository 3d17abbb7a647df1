#include "io/hdf5/dataspace.h"

#include <algorithm>
#include <limits>

namespace ktrain {
namespace {

constexpr unsigned kMaxRank = 32;
constexpr std::uint64_t kMaxElements = std::numeric_limits<std::int64_t>::max();

}  // namespace

std::uint64_t h5_product(std::span<const std::uint64_t> sizes) {
  if (std::ranges::find(sizes, std::uint64_t{0}) != sizes.end()) return 0;
  std::uint64_t product = 1;
  for (const std::uint64_t size : sizes) {
    if (size > kMaxElements / product) malformed("claims the shape ", shape_text(sizes), ", beyond any file");
    product *= size;
  }
  return product;
}

std::uint64_t H5Space::elements() const {
  return null ? 0 : h5_product(dims);
}

H5Space parse_dataspace(H5Cursor cursor) {
  const unsigned version = cursor.u8(), rank = cursor.u8(), flags = cursor.u8();
  if (version != 1 && version != 2) {
    malformed("has a dataspace of version ", version, ", which ktrain does not read");
  }
  const unsigned kind = version == 1 ? 1 : cursor.u8();
  if (version == 1) cursor.skip(5);
  if (rank > kMaxRank || kind > 2) malformed("is damaged: a dataspace of ", rank, " dimensions");
  H5Space space;
  space.null = kind == 2;
  const bool growing = (flags & 1U) != 0;
  for (unsigned i = 0; i < rank; ++i) space.dims.push_back(cursor.length());
  space.max_dims = space.dims;
  for (unsigned i = 0; i < rank && growing; ++i) space.max_dims[i] = cursor.length();
  for (unsigned i = 0; i < rank; ++i) {
    if (space.dims[i] > kMaxElements)
      malformed("claims the shape ", shape_text(space.dims), ", beyond any file");
    if (space.dims[i] > space.max_dims[i]) malformed("is damaged: its shape is larger than its largest");
  }
  return space;
}

std::string shape_text(std::span<const std::uint64_t> dims) {
  std::string out = "(";
  for (const std::uint64_t dim : dims) out += text(out.size() > 1 ? ", " : "", dim);
  return out + ")";
}

}  // namespace ktrain
