#include "keras/get_item.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "core/text.h"
#include "nn/layers/build_checks.h"
#include "nn/operations/selection.h"
#include "nn/refuse.h"

namespace ktrain {
namespace {

/// One part of a key.
struct Part {
  enum class Kind { kIndex, kSlice, kNewAxis, kEllipsis };
  Kind kind = Kind::kSlice;
  std::optional<std::int64_t> start = {};  ///< the index too
  std::optional<std::int64_t> stop = {};
  std::int64_t step = 1;
  bool is_whole() const { return kind == Kind::kSlice && !start && !stop && step == 1; }
};

std::optional<std::int64_t> integer_or_none(LayerConfig& config, const Json& value) {
  if (value.is_null()) return std::nullopt;
  if (!value.is_number_integer()) config.refuse("key", text(brief(value), " is not an integer"));
  return value.get<std::int64_t>();
}

Part read_part(LayerConfig& config, const Json& given) {
  if (given.is_null()) return {.kind = Part::Kind::kNewAxis};
  if (given.is_number_integer()) return {.kind = Part::Kind::kIndex, .start = given.get<std::int64_t>()};
  const std::string name = string_member(given, "class_name");
  if (name == "__ellipsis__") return {.kind = Part::Kind::kEllipsis};
  if (name != "__slice__") config.refuse("key", text(brief(given), " is not supported"));
  const Json& slice = member(given, "config");
  Part part{.start = integer_or_none(config, member(slice, "start")),
            .stop = integer_or_none(config, member(slice, "stop"))};
  part.step = integer_or_none(config, member(slice, "step")).value_or(1);
  if (part.step == 0) config.refuse("key", "a slice's step is 0");
  return part;
}

/// Python's slice.indices.
std::vector<std::int64_t> sliced(const Part& part, std::int64_t size) {
  const bool up = part.step > 0;
  const auto place = [&](std::optional<std::int64_t> given, std::int64_t otherwise) {
    if (!given) return otherwise;
    const std::int64_t from_front = *given < 0 ? *given + size : *given;
    return std::clamp<std::int64_t>(from_front, up ? 0 : -1, up ? size : size - 1);
  };
  const std::int64_t begin = place(part.start, up ? 0 : size - 1), end = place(part.stop, up ? size : -1);
  std::vector<std::int64_t> indices;
  for (std::int64_t i = begin; up ? i < end : i > end; i += part.step) indices.push_back(i);
  return indices;
}

class KeyReader {
 public:
  KeyReader(const Layer& layer, const Shape& sample) : layer_(layer), sample_(sample) {}

  Selection select(const std::vector<Part>& parts) {
    const auto consuming = std::ranges::count_if(parts, [](const Part& part) {
      return part.kind == Part::Kind::kIndex || part.kind == Part::Kind::kSlice;
    });
    const auto rest = sample_.rank() + 1 - consuming;
    if (rest < 0) refuse(layer_, "the key has more parts than samples of shape ", sample_, " have axes");
    for (const Part& part : parts) {
      if (part.kind == Part::Kind::kEllipsis) {
        for (int i = 0; i < rest; ++i) take({});
      } else {
        take(part);
      }
    }
    while (axis_ <= sample_.rank()) take({});
    return {indices_, shape_of(layer_, dims_)};
  }

 private:
  void take(const Part& part) {
    if (axis_ == 0) {
      if (!part.is_whole()) refuse(layer_, "the key takes a part of the batch, which is not supported");
      ++axis_;
      return;
    }
    if (part.kind == Part::Kind::kNewAxis) return dims_.push_back(1);
    const std::int64_t size = sample_[axis_++ - 1];
    if (part.kind == Part::Kind::kIndex) {
      const std::int64_t index = *part.start < 0 ? *part.start + size : *part.start;
      if (index < 0 || index >= size)
        refuse(layer_, "index ", *part.start, " is not in samples of shape ", sample_);
      indices_.push_back({index});
      return;
    }
    indices_.push_back(sliced(part, size));
    dims_.push_back(std::ssize(indices_.back()));
    if (dims_.back() == 0) refuse(layer_, "the key leaves nothing of samples of shape ", sample_);
  }

  const Layer& layer_;
  const Shape& sample_;
  int axis_ = 0;  ///< of the batch's shape, the next one
  std::vector<std::vector<std::int64_t>> indices_;
  std::vector<std::int64_t> dims_;
};

}  // namespace

Shape without_axis(const Shape& shape, int axis) {
  std::vector<std::int64_t> dims(shape.dims().begin(), shape.dims().end());
  dims.erase(dims.begin() + axis);
  return Shape(dims);
}

std::unique_ptr<Layer> read_get_item(LayerConfig& config) {
  const Json& key = config.literal("x2");
  std::vector<Part> parts;
  for (const Json& part : key.is_array() ? key : Json::array({key})) parts.push_back(read_part(config, part));
  return make_selection(config.name(), "GetItem", [parts](const Layer& layer, const Shape& sample) {
    return std::vector{KeyReader(layer, sample).select(parts)};
  });
}

}  // namespace ktrain
