#include <optional>

#include "core/text.h"
#include "keras/registry.h"
#include "ktrain/nn/layers/flatten.h"
#include "ktrain/nn/layers/reshape.h"
#include "ktrain/nn/layers/zero_padding2d.h"

namespace ktrain {
namespace {

std::unique_ptr<Layer> read_flatten(LayerConfig& config) {
  config.channels_last();
  return make_flatten(config.name(), config.trainable());
}

std::unique_ptr<Layer> read_reshape(LayerConfig& config) {
  const Json& list = config.value("target_shape");
  ReshapeOptions options;
  if (!list.is_array()) config.refuse("target_shape", text(brief(list), " is not a list of dimensions"));
  for (const Json& size : list) {
    if (!size.is_number_integer())
      config.refuse("target_shape", text(brief(list), " is not a list of integers"));
    options.target_shape.push_back(size.get<std::int64_t>());
  }
  return make_reshape(config.name(), options, config.trainable());
}

/// What one side of `padding` says: a number for both ends, or one for each.
std::optional<HeightWidth> ends(const Json& value) {
  if (value.is_number_unsigned()) return HeightWidth{value.get<std::int64_t>(), value.get<std::int64_t>()};
  const bool two =
      value.is_array() && value.size() == 2 && value[0].is_number_unsigned() && value[1].is_number_unsigned();
  if (!two) return std::nullopt;
  return HeightWidth{value[0].get<std::int64_t>(), value[1].get<std::int64_t>()};
}

std::unique_ptr<Layer> read_zero_padding2d(LayerConfig& config) {
  config.channels_last();
  const Json& value = config.value("padding");
  ZeroPadding2DOptions options;
  if (!value.is_null()) {
    const bool apart = value.is_array() && value.size() == 2;
    const auto rows = ends(apart ? value[0] : value), columns = ends(apart ? value[1] : value);
    if (!rows || !columns)
      config.refuse("padding", text(brief(value), " is not ((top, bottom), (left, right))"));
    options.padding = {*rows, *columns};
  }
  return make_zero_padding2d(config.name(), options, config.trainable());
}

constexpr LayerClass kClasses[] = {
    {"Flatten", read_flatten}, {"Reshape", read_reshape}, {"ZeroPadding2D", read_zero_padding2d}};

}  // namespace

std::span<const LayerClass> reshaping_layers() {
  return kClasses;
}

}  // namespace ktrain
