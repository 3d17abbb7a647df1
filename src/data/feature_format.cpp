#include "data/feature_format.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <utility>
#include <vector>

#include "core/check.h"
#include "core/text.h"
#include "ktrain/core/error.h"

namespace ktrain {
namespace {

constexpr std::pair<std::string_view, ElementFormat> kTypes[] = {
    {"bool", {'b', 1}},    {"uint8", {'u', 1}},   {"int8", {'i', 1}},   {"uint16", {'u', 2}},
    {"int16", {'i', 2}},   {"uint32", {'u', 4}},  {"int32", {'i', 4}},  {"int64", {'i', 8}},
    {"float16", {'f', 2}}, {"float32", {'f', 4}}, {"float64", {'f', 8}}};

/// "[28,28,1]", "[]" or "".
std::optional<std::vector<std::int64_t>> parse_sizes(std::string_view text) {
  std::vector<std::int64_t> sizes;
  if (text.empty() || text == "[]") return sizes;
  if (!text.starts_with('[') || !text.ends_with(']')) return std::nullopt;
  text = text.substr(1, text.size() - 2);
  const char* at = text.data();
  const char* const end = at + text.size();
  while (true) {
    std::int64_t size = 0;
    const auto parsed = std::from_chars(at, end, size);
    if (parsed.ec != std::errc() || size < 1 || size > std::numeric_limits<std::int32_t>::max()) {
      return std::nullopt;
    }
    sizes.push_back(size);
    if (parsed.ptr == end) return sizes;
    if (*parsed.ptr != ',') return std::nullopt;
    at = parsed.ptr + 1;
  }
}

bool set_image(FeatureFormat& format) {
  if (format.shape.rank() != 3) return false;
  const std::int64_t channels = format.shape[2];
  if (channels != 1 && channels != 3 && channels != 4) return false;
  format.image.size = {format.shape[0], format.shape[1]};
  format.image.color_mode = static_cast<ColorMode>(channels);
  return format.shape[0] <= 65536 && format.shape[1] <= 65536;
}

[[noreturn]] void refuse(const std::string& name, const FeatureFormat& format, const std::string& why) {
  throw Error(ExitCode::kData, text(name, ": feature '", format.feature, "' ", why));
}

void require_count(const std::string& name, const FeatureFormat& format, std::size_t count) {
  const auto expected = static_cast<std::size_t>(format.shape.elements());
  if (count != expected) {
    refuse(name, format, text("holds ", count, count == 1 ? " value" : " values", ", not ", expected));
  }
}

/// Stores numbers as elements of type T, if it holds them.
template <typename T>
void store(std::span<const std::int64_t> numbers, const FeatureFormat& format, const std::string& name,
           void* to) {
  T* out = static_cast<T*>(to);
  for (const std::int64_t number : numbers) {
    const T value = static_cast<T>(number);
    if (static_cast<std::int64_t>(value) != number) {
      refuse(name, format, text("holds ", number, ", which ", name_of(format.dtype()), " does not"));
    }
    *out++ = value;
  }
}

void read_integers(const TfFeature& feature, const FeatureFormat& format, const std::string& name, void* to) {
  thread_local std::vector<std::int64_t> numbers;  // grows to the largest feature, then stays
  numbers.resize(static_cast<std::size_t>(format.shape.elements()));
  require_count(name, format, read_int64_list(feature, numbers, name));
  switch (format.dtype()) {
    case DType::kUint8:
      return store<std::uint8_t>(numbers, format, name, to);
    case DType::kBool:
      return store<bool>(numbers, format, name, to);
    case DType::kInt32:
      return store<std::int32_t>(numbers, format, name, to);
    case DType::kInt64:
      return store<std::int64_t>(numbers, format, name, to);
    case DType::kFloat32:
      return store<float>(numbers, format, name, to);
    case DType::kFloat64:
      return store<double>(numbers, format, name, to);
    case DType::kBFloat16:
      break;
  }
  KTRAIN_CHECK(false, name_of(format.dtype()));
}

void read_floats(const TfFeature& feature, const FeatureFormat& format, const std::string& name, void* to) {
  thread_local std::vector<float> numbers;
  numbers.resize(static_cast<std::size_t>(format.shape.elements()));
  if (format.dtype() != DType::kFloat32 && format.dtype() != DType::kFloat64) {
    refuse(name, format, text("is a list of floats, not of ", name_of(format.dtype())));
  }
  require_count(name, format, read_float_list(feature, numbers, name));
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    if (format.dtype() == DType::kFloat32) static_cast<float*>(to)[i] = numbers[i];
    if (format.dtype() == DType::kFloat64) static_cast<double*>(to)[i] = double{numbers[i]};
  }
}

void read_bytes(const TfFeature& feature, const FeatureFormat& format, const std::string& name, void* to) {
  const auto bytes = single_bytes(feature, name);
  if (!bytes) refuse(name, format, "is not one string");
  if (!format.element) {
    return read_image(*bytes, format.image, text(name, ": feature '", format.feature, "'"),
                      static_cast<float*>(to));
  }
  const std::size_t expected = static_cast<std::size_t>(format.shape.elements()) * format.element->bytes;
  if (bytes->size() != expected) {
    refuse(name, format,
           text("holds ", bytes->size(), " bytes, but ", to_string(*format.element), " ", format.shape,
                " are ", expected));
  }
  decode(*format.element, bytes->data(), format.shape.elements(), to);
}

}  // namespace

std::optional<FeatureFormat> parse_feature_format(std::string_view text) {
  FeatureFormat format;
  const std::size_t bracket = std::min(text.find('['), text.size());
  const std::size_t colon = text.substr(0, bracket).rfind(':');
  if (colon == std::string_view::npos || colon == 0) return std::nullopt;
  format.feature = text.substr(0, colon);
  const std::string_view type = text.substr(colon + 1, bracket - colon - 1);
  const auto sizes = parse_sizes(text.substr(bracket));
  if (!sizes || std::ssize(*sizes) >= Shape::kMaxRank) return std::nullopt;
  format.shape = Shape(*sizes);
  if (type == "image") return set_image(format) ? std::optional(format) : std::nullopt;
  for (const auto& [name, element] : kTypes) {
    if (name == type) format.element = element;
  }
  return format.element ? std::optional(format) : std::nullopt;
}

void read_feature(std::span<const std::byte> example, const FeatureFormat& format, const std::string& name,
                  void* to) {
  const auto feature = find_feature(example, format.feature, name);
  if (!feature) refuse(name, format, "is missing");
  switch (feature->list) {
    case TfFeature::List::kNone:
      refuse(name, format, "is empty");
    case TfFeature::List::kBytes:
      return read_bytes(*feature, format, name, to);
    case TfFeature::List::kFloat:
    case TfFeature::List::kInt64:
      break;
  }
  if (!format.element) refuse(name, format, "is not an encoded image");
  if (feature->list == TfFeature::List::kInt64) return read_integers(*feature, format, name, to);
  read_floats(*feature, format, name, to);
}

}  // namespace ktrain
