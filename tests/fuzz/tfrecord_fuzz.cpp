#include <array>
#include <cstring>

#include "fuzz/fuzz_target.h"
#include "io/tf_example.h"
#include "io/tfrecord.h"
#include "support/tfrecord_files.h"

// An input is a TFRecord file, the same with right checksums wherever its lengths lead, and an example as a
// record holds it.

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

void read_records(std::span<const std::byte> file) {
  using namespace ktrain;
  fuzz::reads([&] {
    const auto places = index_tfrecords(file, "t");
    for (std::size_t i = 0; i < places.size(); ++i) read_features(tfrecord_data(file, places[i], "t", i));
  });
}

/// With the checksum of each length, and of the data where it is whole.
std::string with_checksums(std::string file) {
  using namespace ktrain::testing;
  for (std::size_t at = 0; at + 12 <= file.size();) {
    std::uint64_t bytes = 0;
    std::memcpy(&bytes, file.data() + at, sizeof bytes);
    file.replace(at + 8, 4, masked_checksum(std::string_view(file).substr(at, 8)));
    const std::size_t left = file.size() - at - 12;
    if (left < 4 || bytes > left - 4) break;
    file.replace(at + 12 + bytes, 4, masked_checksum(std::string_view(file).substr(at + 12, bytes)));
    at += 16 + bytes;
  }
  return file;
}

}  // namespace

std::vector<std::string> ktrain::fuzz::corpus() {
  using namespace ktrain::testing;
  const std::string example = tf_example(tf_int64s("label", {7, -1, std::int64_t{1} << 40}) +
                                         tf_floats("place", {0.5F, -2}) + tf_bytes("raw", {"abc"}));
  return {example, tf_record(example) + tf_record(""), tf_record("one"),
          tf_record(example) + tf_record(example)};
}

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ktrain;
  const auto bytes = fuzz::bytes_of(data, size);
  read_features(bytes);
  read_records(bytes);
  const std::string sound = with_checksums({reinterpret_cast<const char*>(data), size});
  read_records(std::as_bytes(std::span(sound)));
  return 0;
}
