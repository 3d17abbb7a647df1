#include <array>

#include "fuzz/fuzz_target.h"
#include "io/tf_example.h"
#include "io/tfrecord.h"
#include "support/tfrecord_files.h"

// An input is a TFRecord file, and an example as a record holds it, whose checksum is then right.

namespace {

void read_features(std::span<const std::byte> example) {
  using namespace ktrain;
  for (const char* name : {"label", "place", "raw"}) {
    fuzz::reads([&] {
      const auto feature = find_feature(example, name, "t");
      if (!feature) return;
      std::array<std::int64_t, 3> integers;
      std::array<float, 2> floats;
      if (feature->list == TfFeature::List::kInt64) read_int64_list(*feature, integers, "t");
      if (feature->list == TfFeature::List::kFloat) read_float_list(*feature, floats, "t");
      if (feature->list == TfFeature::List::kBytes) single_bytes(*feature, "t");
    });
  }
}

}  // namespace

std::vector<std::string> ktrain::fuzz::corpus() {
  using namespace ktrain::testing;
  const std::string example = tf_example(tf_int64s("label", {7, -1, std::int64_t{1} << 40}) +
                                         tf_floats("place", {0.5F, -2}) + tf_bytes("raw", {"abc"}));
  return {example, tf_record(example) + tf_record(""), tf_record("one")};
}

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ktrain;
  const auto bytes = fuzz::bytes_of(data, size);
  read_features(bytes);
  fuzz::reads([&] {
    const auto places = index_tfrecords(bytes, "t");
    for (std::size_t i = 0; i < places.size(); ++i) read_features(tfrecord_data(bytes, places[i], "t", i));
  });
  return 0;
}
