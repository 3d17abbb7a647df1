#include <array>
#include <random>

#include "fuzz/fuzz_target.h"
#include "io/crc32c.h"
#include "io/hdf5.h"

namespace ktrain::fuzz {
namespace {

constexpr std::int64_t kMostElements = std::int64_t{1} << 24;
constexpr std::array kAttributes = {"dtype", "layer_names", "attribute_7", "name"};

/// A file's objects, each dataset read in one of the ways that there are; which one follows from the input.
class Walk {
 public:
  Walk(const H5Reader& file, std::uint32_t input) : file_(file), random_(input) {}

  void object(const std::string& path) {
    attribute(path, kAttributes[random_() % kAttributes.size()]);
    bool group = false;
    reads([&] { group = file_.is_group(path); });
    if (!group) return dataset(path);
    reads([&] {
      for (const std::string& member : file_.list(path)) object(path.empty() ? member : path + "/" + member);
    });
  }

 private:
  void attribute(const std::string& path, const char* name) {
    reads([&] {
      if (file_.has_attribute(path, name)) file_.attribute_strings(path, name);
    });
  }

  void dataset(const std::string& path) {
    const bool numbers = reads([&] {
      const H5Array array = file_.info(path);
      if (array.elements() > kMostElements) return;
      const auto way = random_() % 3;
      if (way == 0) file_.read<float>(path);
      if (way == 1) file_.read<std::int64_t>(path);
      if (way == 2 && array.elements() > 0 && !array.dims.empty()) {
        std::vector<double> row(static_cast<std::size_t>(array.elements() / array.dims[0]));
        file_.read_rows(path, array.dims[0] / 2, array.dims[0] / 2 + 1, row.data(), DType::kFloat64);
      }
    });
    if (!numbers) reads([&] { file_.read_strings(path); });
  }

  const H5Reader& file_;
  std::minstd_rand random_;
};

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
  const auto bytes = fuzz::bytes_of(data, size);
  fuzz::reads([&] { fuzz::Walk(H5Reader("t.h5", bytes, nullptr), crc32c(bytes)).object(""); });
  return 0;
}
