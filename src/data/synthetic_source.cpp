#include <charconv>
#include <limits>
#include <string_view>

#include "core/text.h"
#include "data/sources.h"
#include "data/synthetic.h"

namespace ktrain {
namespace {

constexpr std::int64_t kMaxElements = std::int64_t{1} << 31;  // of one sample's input

/// "28x28x1"
Shape parse_shape(const Specification& specification, const std::string& shape) {
  std::vector<std::int64_t> dims;
  const char* at = shape.data();
  const char* end = at + shape.size();
  std::int64_t elements = 1;
  for (bool more = true; more;) {
    const auto parsed = std::from_chars(at, end, dims.emplace_back());
    elements = parsed.ec == std::errc() && dims.back() > 0 && dims.back() <= kMaxElements / elements
                   ? elements * dims.back()
                   : kMaxElements;
    more = parsed.ptr != end && *parsed.ptr == 'x';
    if (elements == kMaxElements || (!more && parsed.ptr != end) || dims.size() >= Shape::kMaxRank) {
      specification.refuse(text("'", shape, "' is not a shape like 28x28x1"));
    }
    at = parsed.ptr + 1;
  }
  return Shape(dims);
}

std::vector<SyntheticOptions::Input> take_inputs(Specification& specification) {
  std::vector<SyntheticOptions::Input> inputs;
  if (const auto images = specification.take("images")) {
    inputs.push_back({"", DType::kUint8, parse_shape(specification, *images)});
  }
  if (const auto x = specification.take("x")) {
    inputs.push_back({"", DType::kFloat32, parse_shape(specification, *x)});
  }
  for (const auto& [key, shape] : specification.take_all("x_")) {
    inputs.push_back({key.substr(2), DType::kFloat32, parse_shape(specification, shape)});
  }
  if (inputs.empty()) specification.refuse("no input; give images=28x28x1, x=16 or x_NAME=16");
  if (inputs.size() > 1 && inputs.front().name.empty()) {
    specification.refuse("several inputs must all be named, x_NAME=16");
  }
  return inputs;
}

}  // namespace

std::shared_ptr<const Dataset> open_synthetic_dataset(Specification& specification) {
  SyntheticOptions options;
  options.inputs = take_inputs(specification);
  const std::int64_t classes = specification.take_count("classes", 1, 0);
  options.targets = specification.take_count("targets", 1, 0);
  if (classes > 0 && options.targets > 0) specification.refuse("classes and targets exclude each other");
  if (classes > 0) options.classes = classes;
  if (options.classes > std::numeric_limits<std::int32_t>::max()) specification.refuse("too many classes");
  options.samples = specification.take_count("samples", 1, options.samples);
  options.first = specification.take_count("first", 0, options.first);
  options.seed = static_cast<std::uint64_t>(specification.take_count("seed", 0, 0));
  return make_synthetic_dataset(specification.whole(), options);
}

}  // namespace ktrain
