#include "io/stored_array.h"

#include <limits>

#include "core/check.h"
#include "ktrain/core/error.h"

namespace ktrain {
namespace {

constexpr std::int64_t kMaxBytes = std::numeric_limits<std::int64_t>::max();

}  // namespace

std::int64_t StoredArray::row_elements() const {
  std::int64_t product = 1;
  for (std::size_t axis = 1; axis < dims.size(); ++axis) product *= dims[axis];
  return product;
}

void StoredArray::read_row(std::int64_t row, void* to) const {
  KTRAIN_CHECK(!dims.empty() && 0 <= row && row < dims[0], name, " row ", row);
  const std::int64_t elements = row_elements();
  decode(format, bytes.data() + static_cast<std::size_t>(row * elements) * format.bytes, elements, to);
}

std::size_t promised_bytes(const std::string& name, const ElementFormat& format,
                           std::span<const std::int64_t> dims) {
  if (!dtype_of(format)) {
    throw Error(ExitCode::kData,
                text(name, ": elements of type '", to_string(format), "' are not supported"));
  }
  // A zero makes the product small whatever the others are; they must still be counts.
  auto product = static_cast<std::int64_t>(format.bytes);
  bool empty = false;
  for (const std::int64_t dim : dims) {
    if (dim < 0) throw Error(ExitCode::kData, text(name, ": a dimension of ", dim));
    if (dim == 0) {
      empty = true;
    } else if (product > kMaxBytes / dim) {
      throw Error(ExitCode::kData, text(name, ": the header's dimensions are beyond any file"));
    } else {
      product *= dim;
    }
  }
  return empty ? 0 : static_cast<std::size_t>(product);
}

void require_size(const std::string& name, std::size_t header, std::size_t promised, std::size_t actual) {
  const std::size_t whole = header + promised;
  if (actual == whole) return;
  throw Error(ExitCode::kData,
              actual < whole
                  ? text(name, ": truncated: the header says ", whole, " bytes, the file has ", actual)
                  : text(name, ": the header says ", whole, " bytes, but more follow"));
}

}  // namespace ktrain
