#include "io/tf_example.h"

#include <bit>

#include "io/protobuf.h"

namespace ktrain {
namespace {

using Field = ProtobufReader::Field;
using Kind = ProtobufReader::Kind;

bool is_bytes(const Field& field, std::uint64_t number) {
  return field.kind == Kind::kBytes && field.number == number;
}

/// Feature: a oneof of bytes_list = 1, float_list = 2, int64_list = 3, of which the last one counts.
TfFeature feature_of(std::span<const std::byte> message, const std::string& name) {
  TfFeature feature;
  ProtobufReader reader(message, name);
  while (const auto field = reader.next()) {
    for (const auto list : {TfFeature::List::kBytes, TfFeature::List::kFloat, TfFeature::List::kInt64}) {
      if (is_bytes(*field, static_cast<std::uint64_t>(list))) feature = {list, field->bytes};
    }
  }
  return feature;
}

/// A map's entry: key = 1, value = 2.
struct Entry {
  std::string_view key;
  std::span<const std::byte> value;
};

Entry entry_of(std::span<const std::byte> message, const std::string& name) {
  Entry entry;
  ProtobufReader reader(message, name);
  while (const auto field = reader.next()) {
    if (is_bytes(*field, 1)) {
      entry.key = {reinterpret_cast<const char*>(field->bytes.data()), field->bytes.size()};
    }
    if (is_bytes(*field, 2)) entry.value = field->bytes;
  }
  return entry;
}

/// Calls value(number) for each number of a list, whose field is 1: single ones of `kind`, or packed.
template <typename Unpack, typename Value>
void for_each_number(std::span<const std::byte> list, Kind kind, const Unpack& unpack, const Value& value,
                     const std::string& name) {
  ProtobufReader reader(list, name);
  while (const auto field = reader.next()) {
    if (field->number != 1) continue;
    if (field->kind == kind) value(field->value);
    if (field->kind != Kind::kBytes) continue;
    for (ProtobufReader packed(field->bytes, name); !packed.at_end();) value(unpack(packed));
  }
}

}  // namespace

std::optional<TfFeature> find_feature(std::span<const std::byte> example, std::string_view feature,
                                      const std::string& name) {
  std::optional<TfFeature> found;
  ProtobufReader reader(example, name);
  while (const auto features = reader.next()) {  // Example: features = 1
    if (!is_bytes(*features, 1)) continue;
    ProtobufReader map(features->bytes, name);
    while (const auto field = map.next()) {  // Features: feature = 1
      if (!is_bytes(*field, 1)) continue;
      const Entry entry = entry_of(field->bytes, name);
      if (entry.key == feature) found = feature_of(entry.value, name);
    }
  }
  return found;
}

std::size_t read_int64_list(const TfFeature& feature, std::span<std::int64_t> values,
                            const std::string& name) {
  std::size_t count = 0;
  const auto store = [&](std::uint64_t number) {
    if (count < values.size()) values[count] = static_cast<std::int64_t>(number);
    ++count;
  };
  const auto unpack = [](ProtobufReader& reader) { return reader.varint(); };
  for_each_number(feature.message, Kind::kVarint, unpack, store, name);
  return count;
}

std::size_t read_float_list(const TfFeature& feature, std::span<float> values, const std::string& name) {
  std::size_t count = 0;
  const auto store = [&](std::uint64_t bits) {
    if (count < values.size()) values[count] = std::bit_cast<float>(static_cast<std::uint32_t>(bits));
    ++count;
  };
  const auto unpack = [](ProtobufReader& reader) { return reader.fixed(4); };
  for_each_number(feature.message, Kind::kFixed32, unpack, store, name);
  return count;
}

std::optional<std::span<const std::byte>> single_bytes(const TfFeature& feature, const std::string& name) {
  std::optional<std::span<const std::byte>> single;
  ProtobufReader reader(feature.message, name);
  while (const auto field = reader.next()) {
    if (!is_bytes(*field, 1)) continue;
    if (single) return std::nullopt;
    single = field->bytes;
  }
  return single;
}

}  // namespace ktrain
