#include <array>

#include "fuzz/fuzz_target.h"
#include "io/hdf5.h"

namespace ktrain::fuzz {
namespace {

constexpr std::int64_t kMostElements = std::int64_t{1} << 24;
constexpr std::array kAttributes = {"dtype", "layer_names", "attribute_7", "name"};

void read_dataset(const H5Reader& file, const std::string& path) {
  const bool numbers = reads([&] {
    const H5Array array = file.info(path);
    if (array.elements() > kMostElements) return;
    file.read<float>(path);
    file.read<std::int64_t>(path);
    if (array.elements() > 0 && !array.dims.empty()) {
      std::vector<double> row(static_cast<std::size_t>(array.elements() / array.dims[0]));
      file.read_rows(path, array.dims[0] / 2, array.dims[0] / 2 + 1, row.data(), DType::kFloat64);
    }
  });
  if (!numbers) reads([&] { file.read_strings(path); });
}

void walk(const H5Reader& file, const std::string& path) {
  for (const char* name : kAttributes) {
    reads([&] {
      if (file.has_attribute(path, name)) file.attribute_strings(path, name);
    });
  }
  bool group = false;
  reads([&] { group = file.is_group(path); });
  if (!group) return read_dataset(file, path);
  reads([&] {
    for (const std::string& member : file.list(path)) walk(file, path.empty() ? member : path + "/" + member);
  });
}

std::string written_by_ktrain() {
  H5Writer writer("t.h5");
  const std::vector<float> values(24, 0.5F);
  writer.write("layers/dense/vars/0", values.data(), DType::kFloat32, std::array<std::int64_t, 2>{4, 6});
  writer.write("layers/dense/vars/1", values.data(), DType::kFloat32, std::array<std::int64_t, 1>{6});
  writer.attribute("layers/dense/vars", "name", "dense");
  writer.attribute("", "layer_names", std::vector<std::string>{"dense", "conv2d"});
  writer.write_string("config", "{}");
  const std::vector<std::byte> image = writer.image();
  return {reinterpret_cast<const char*>(image.data()), image.size()};
}

}  // namespace

std::vector<std::string> corpus() {
  std::vector<std::string> files{written_by_ktrain()};
  for (const char* name :
       {"layouts_earliest", "layouts_latest", "few_earliest", "few_latest", "indexes_latest", "refused"}) {
    files.push_back(tree_file(std::string("tests/io/fixtures/") + name + ".h5"));
  }
  return files;
}

}  // namespace ktrain::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ktrain;
  fuzz::reads([&] { fuzz::walk(H5Reader("t.h5", fuzz::bytes_of(data, size), nullptr), ""); });
  return 0;
}
