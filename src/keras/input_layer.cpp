#include "keras/input_layer.h"

#include <optional>
#include <vector>

#include "core/text.h"
#include "keras/layer_config.h"

namespace ktrain {
namespace {

/// A size, or nothing where it is unknown.
std::optional<std::int64_t> size_of_axis(const Json& size) {
  if (!size.is_number_unsigned() || size.get<double>() < 1 || size.get<double>() > 1e9) return std::nullopt;
  return size.get<std::int64_t>();
}

Shape sample_shape(LayerConfig& config) {
  const Json& batch_shape = config.value("batch_shape");
  if (!batch_shape.is_array() || batch_shape.empty() || batch_shape.size() > Shape::kMaxRank) {
    config.refuse("batch_shape", text(brief(batch_shape), " is not a list of dimensions"));
  }
  auto given = config.options().input_shapes.find(config.name());
  if (given == config.options().input_shapes.end()) given = config.options().input_shapes.find("");
  const bool fits = given != config.options().input_shapes.end() &&
                    given->second.rank() + 1 == static_cast<int>(batch_shape.size());
  std::vector<std::int64_t> dims;
  for (std::size_t axis = 1; axis < batch_shape.size(); ++axis) {
    auto size = size_of_axis(batch_shape[axis]);
    if (!size && batch_shape[axis].is_null() && fits) size = given->second[static_cast<int>(axis) - 1];
    if (!size && batch_shape[axis].is_null() && config.options().open_size > 0)
      size = config.options().open_size;
    if (!size) {
      config.refuse("batch_shape",
                    text(brief(batch_shape), ": every dimension but the first must be known",
                         batch_shape[axis].is_null() ? ", from the model or from its data" : ""));
    }
    dims.push_back(*size);
  }
  return Shape(dims);
}

}  // namespace

std::int64_t fixed_batch(const Json& config) {
  const Json& batch_shape = member(config, "batch_shape");
  if (!batch_shape.is_array() || batch_shape.empty()) return 0;
  return size_of_axis(batch_shape[0]).value_or(0);
}

Shape read_input_layer(const Json& json, const ArchitectureOptions& options) {
  LayerConfig config(
      "InputLayer", json, options,
      {"float32", "uint8", "int8", "int16", "uint16", "int32", "uint32", "int64", "uint64", "bool"});
  config.only("sparse", {false});
  config.only("ragged", {false});
  config.only("optional", {false});
  const Shape shape = sample_shape(config);
  config.finish();
  return shape;
}

}  // namespace ktrain
