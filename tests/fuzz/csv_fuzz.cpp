#include "data/array_dataset.h"
#include "data/sources.h"
#include "data/specification.h"
#include "fuzz/fuzz_target.h"

std::vector<std::string> ktrain::fuzz::corpus() {
  return {"x,y,label\n1,2.5,3\n-4e3,5,0\n",
          "\xEF\xBB\xBFx, \"a \"\"b\"\"\" ,label\r\n1,2,3\r\n\r\n\"4\",5,6\r\n", "label\n1\n",
          "x,label\nnan,1\n1e400,2\n"};
}

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ktrain;
  fuzz::reads([&] {
    const std::string rest = fuzz::as_file(fuzz::bytes_of(data, size)) + ",label=label";
    Specification specification("csv:" + rest, rest, true);
    open_csv_dataset(specification);
  });
  return 0;
}
