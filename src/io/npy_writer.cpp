#include "io/npy_writer.h"

#include "core/check.h"
#include "io/npy.h"
#include "io/stored_array.h"

namespace ktrain {

NpyWriter::NpyWriter(const std::string& file, DType dtype, std::span<const std::int64_t> dims)
    : file_(file), missing_(promised_bytes(file, format_of(dtype), dims)) {
  const std::string header = npy_header(format_of(dtype), dims);
  file_.append(std::as_bytes(std::span(header)));
}

void NpyWriter::append(std::span<const std::byte> elements) {
  KTRAIN_CHECK(elements.size() <= missing_, elements.size(), " bytes more, ", missing_, " missing");
  file_.append(elements);
  missing_ -= elements.size();
}

void NpyWriter::finish() {
  KTRAIN_CHECK(missing_ == 0, missing_, " bytes missing");
  file_.commit();
}

}  // namespace ktrain
