#include <optional>

#include "core/text.h"
#include "keras/registry.h"
#include "ktrain/nn/layers/flatten.h"
#include "ktrain/nn/layers/permute.h"
#include "ktrain/nn/layers/reshape.h"
#include "ktrain/nn/layers/zero_padding2d.h"

namespace ktrain {
namespace {

std::unique_ptr<Layer> read_flatten(LayerConfig& config) {
  config.channels_last();
  return make_flatten(config.name(), config.trainable());
}

std::unique_ptr<Layer> read_reshape(LayerConfig& config) {
  const ReshapeOptions options{.target_shape = config.integers("target_shape")};
  return make_reshape(config.name(), options, config.trainable());
}

std::unique_ptr<Layer> read_permute(LayerConfig& config) {
  const auto dims = config.integers("dims");
  const PermuteOptions options{.dims = {dims.begin(), dims.end()}};
  return make_permute(config.name(), options, config.trainable());
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

constexpr LayerClass kClasses[] = {{"Flatten", read_flatten, Masking::kDrops},
                                   {"Permute", read_permute, Masking::kDrops},
                                   {"Reshape", read_reshape, Masking::kDrops},
                                   {"ZeroPadding2D", read_zero_padding2d, Masking::kDrops}};

}  // namespace

std::span<const LayerClass> reshaping_layers() {
  return kClasses;
}

}  // namespace ktrain
