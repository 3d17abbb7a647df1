#include "fuzz/fuzz_target.h"
#include "io/npy.h"
#include "io/npz.h"
#include "support/compressed_files.h"
#include "support/files.h"

// An input is an NPY file, an NPZ file, and the one array of an NPZ file, whose checksum is then right.

namespace {

void read_rows(const ktrain::StoredArray& array) {
  if (array.dims.empty() || array.dims[0] == 0) return;
  std::vector<std::byte> row(static_cast<std::size_t>(array.row_elements()) * 8);
  array.read_row(array.dims[0] - 1, row.data());
}

}  // namespace

std::vector<std::string> ktrain::fuzz::corpus() {
  using namespace ktrain::testing;
  const std::string floats =
      npy_file("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }", std::string(24, 'x'));
  const std::string integers =
      npy_file("{'descr': '>i2', 'fortran_order': False, 'shape': (4,), }", "abcdefgh");
  return {floats, integers, npy_file("{'descr': '|b1', 'fortran_order': True, 'shape': (), }", "1"),
          zipped({{"x.npy", floats}, {"y.npy", integers, true}})};
}

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ktrain;
  const auto bytes = fuzz::bytes_of(data, size);
  fuzz::reads([&] { read_rows(parse_npy(bytes, "t.npy", nullptr)); });
  const auto read_all = [](std::span<const std::byte> file) {
    for (const NpzMember& member : parse_npz(file, "t.npz")) read_rows(member.array);
  };
  fuzz::reads([&] { read_all(bytes); });
  const std::string npz = ktrain::testing::zipped({{"x.npy", {reinterpret_cast<const char*>(data), size}}});
  fuzz::reads([&] { read_all(std::as_bytes(std::span(npz))); });
  return 0;
}
