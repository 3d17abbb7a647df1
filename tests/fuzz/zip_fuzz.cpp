#include "fuzz/fuzz_target.h"
#include "io/zip.h"
#include "support/compressed_files.h"

std::vector<std::string> ktrain::fuzz::corpus() {
  const std::string pattern = "some text, some text, some text and some more";
  ZipWriter writer;
  writer.add("metadata.json", std::as_bytes(std::span(pattern)));
  writer.add("model.weights.h5", std::as_bytes(std::span(pattern)));
  const std::vector<std::byte> keras = writer.image();
  return {testing::zipped({{"a", pattern}, {"b", pattern, true}, {"dir/", ""}}),
          testing::zipped({{"zeros", std::string(100'000, '\0'), true}}),
          {reinterpret_cast<const char*>(keras.data()), keras.size()}};
}

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ktrain;
  fuzz::reads([&] {
    const ZipReader zip("t.zip", fuzz::bytes_of(data, size));
    for (const std::string& name : zip.names()) {
      fuzz::reads([&] { zip.stored(name); });
      fuzz::reads([&] { zip.read(name); });
    }
  });
  return 0;
}
