#include <new>

#include "fuzz/fuzz_target.h"
#include "ktrain/keras/architecture.h"

std::vector<std::string> ktrain::fuzz::corpus() {
  std::vector<std::string> files{tree_file("configs/models/mlp.json")};
  for (const char* name : {"dense", "branches", "normalization"}) {
    files.push_back(tree_file(std::string("tests/keras/fixtures/") + name + ".json"));
  }
  return files;
}

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ktrain;
  try {
    fuzz::reads([&] { architecture_from_json({reinterpret_cast<const char*>(data), size}); });
  } catch (const std::bad_alloc&) {
    // A model may ask for more variables than there is memory.
  }
  return 0;
}
