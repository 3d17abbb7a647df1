#include "fuzz/fuzz_target.h"
#include "io/idx.h"
#include "support/compressed_files.h"
#include "support/files.h"

std::vector<std::string> ktrain::fuzz::corpus() {
  using namespace ktrain::testing;
  const std::string images = idx_header(8, {4, 3, 2}) + std::string(24, 'i');
  return {images, idx_header(8, {5}) + "01234", idx_header(0x0D, {2, 2}) + std::string(16, 'f'),
          gzipped(images)};
}

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ktrain;
  fuzz::reads([&] {
    const StoredArray array = open_idx(fuzz::as_file(fuzz::bytes_of(data, size)));
    if (array.dims.empty() || array.dims[0] == 0) return;
    std::vector<std::byte> row(static_cast<std::size_t>(array.row_elements()) * 8);
    array.read_row(array.dims[0] - 1, row.data());
  });
  return 0;
}
