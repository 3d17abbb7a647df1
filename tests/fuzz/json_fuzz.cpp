#include "fuzz/fuzz_target.h"
#include "keras/json.h"

std::vector<std::string> ktrain::fuzz::corpus() {
  return {
      R"({"class_name": "Dense", "config": {"name": "d", "units": 10, "use_bias": true, "activation": null}})",
      R"({"module": "keras", "class_name": "Functional", "config": {"name": "m", "layers": [{"a": [1, {"b": 2}]}]}})",
      R"([1, -2.5e-3, true, false, null, "\u00e9\ud83d\ude00\n", {"a": {"b": []}}, NaN, -Infinity])"};
}

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ktrain;
  fuzz::reads([&] { brief(parse_json({reinterpret_cast<const char*>(data), size}, "t")); });
  return 0;
}
