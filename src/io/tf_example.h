#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace ktrain {

/// One feature of a tf.train.Example: a list in wire format. Values are read on demand.
struct TfFeature {
  enum class List { kNone, kBytes, kFloat, kInt64 };
  List list = List::kNone;
  std::span<const std::byte> message;  ///< the BytesList, FloatList or Int64List
};

/// The feature of that name in a serialized tf.train.Example; nothing when it has none. Throws Error{kData}
/// naming `name` when the bytes are no such message.
std::optional<TfFeature> find_feature(std::span<const std::byte> example, std::string_view feature,
                                      const std::string& name);

/// The values of a list, packed or not, into `values`, which must have as many; the number of values in the
/// list is returned whatever it is. The feature's kind must be the function's.
std::size_t read_int64_list(const TfFeature& feature, std::span<std::int64_t> values,
                            const std::string& name);
std::size_t read_float_list(const TfFeature& feature, std::span<float> values, const std::string& name);
/// The one value of a list of bytes; nothing when it has none or several.
std::optional<std::span<const std::byte>> single_bytes(const TfFeature& feature, const std::string& name);

}  // namespace ktrain
