#include "keras/image_arguments.h"

#include <algorithm>
#include <cmath>

#include "core/text.h"

namespace ktrain {
namespace {

std::optional<RandomRange> two_numbers(const Json& json) {
  if (!json.is_array() || json.size() != 2) return std::nullopt;
  const auto first = number_of(json[0]), second = number_of(json[1]);
  if (!first || !second || !std::isfinite(*first) || !std::isfinite(*second)) return std::nullopt;
  return RandomRange{*first, *second};
}

}  // namespace

ImageLayerOptions read_image_layer(LayerConfig& config) {
  config.channels_last();
  // Of inputs that are dicts of images and boxes, which models do not have.
  config.ignore({"bounding_box_format"});
  ImageLayerOptions options{.name = config.name(), .trainable = config.trainable()};
  const Json& seed = config.value("seed");
  if (!seed.is_null() && !seed.is_number_unsigned()) {
    config.refuse("seed", text(brief(seed), " is not a whole number"));
  }
  if (seed.is_number_unsigned()) options.seed = seed.get<std::uint64_t>();
  return options;
}

RandomRange read_factor(LayerConfig& config, const char* key, const FactorRule& rule) {
  const Json& json = config.value(key);
  const auto refuse = [&] {
    config.refuse(
        key, text(brief(json), " is not a number or a list of two within [", rule.low, ", ", rule.high, "]"));
  };
  if (json.is_null()) return {0, 0};
  if (const auto pair = two_numbers(json)) {
    const RandomRange range = {std::min((*pair)[0], (*pair)[1]), std::max((*pair)[0], (*pair)[1])};
    if ((*pair)[0] > rule.high || (*pair)[1] < rule.low) refuse();
    return range;
  }
  const auto number = number_of(json);
  if (!number || !(rule.low <= *number && *number <= rule.high)) refuse();
  return {std::max(-std::abs(*number), rule.low), std::abs(*number)};
}

RandomRange read_strict_factor(LayerConfig& config, const char* key, const FactorRule& rule) {
  const Json& json = config.value(key);
  const auto within = [&](double number) { return rule.low <= number && number <= rule.high; };
  const auto pair = two_numbers(json);
  const auto number = number_of(json);
  if (pair && within((*pair)[0]) && within((*pair)[1])) {
    return {std::min((*pair)[0], (*pair)[1]), std::max((*pair)[0], (*pair)[1])};
  }
  if (number && within(*number)) {
    return {rule.symmetric ? -std::abs(*number) : 0, std::abs(*number)};
  }
  config.refuse(
      key, text(brief(json), " is not a number or a list of two within [", rule.low, ", ", rule.high, "]"));
}

ValueRange read_value_range(LayerConfig& config) {
  const Json& json = config.value("value_range");
  if (json.is_null()) return {0, 255};
  const auto pair = two_numbers(json);
  if (!pair || (*pair)[0] == (*pair)[1]) {
    config.refuse("value_range", text(brief(json), " is not a list of two different numbers"));
  }
  return {std::min((*pair)[0], (*pair)[1]), std::max((*pair)[0], (*pair)[1])};
}

Interpolation read_interpolation(LayerConfig& config, bool for_resizing) {
  constexpr std::pair<const char*, Interpolation> kNames[] = {{"bilinear", Interpolation::kBilinear},
                                                              {"nearest", Interpolation::kNearest},
                                                              {"bicubic", Interpolation::kBicubic},
                                                              {"lanczos3", Interpolation::kLanczos3},
                                                              {"lanczos5", Interpolation::kLanczos5}};
  if (for_resizing) {
    config.only("interpolation", {"bilinear", "nearest", "bicubic", "lanczos3", "lanczos5"});
  } else {
    config.only("interpolation", {"bilinear", "nearest"});
  }
  for (const auto& [name, interpolation] : kNames) {
    if (config.value("interpolation") == name) return interpolation;
  }
  return Interpolation::kBilinear;
}

MovedPixels read_moved_pixels(LayerConfig& config) {
  constexpr std::pair<const char*, FillMode> kModes[] = {{"reflect", FillMode::kReflect},
                                                         {"wrap", FillMode::kWrap},
                                                         {"constant", FillMode::kConstant},
                                                         {"nearest", FillMode::kNearest},
                                                         {"mirror", FillMode::kMirror}};
  MovedPixels pixels;
  config.only("fill_mode", {"reflect", "wrap", "constant", "nearest", "mirror"});
  for (const auto& [name, mode] : kModes) {
    if (config.value("fill_mode") == name) pixels.fill_mode = mode;
  }
  pixels.interpolation = read_interpolation(config, false);
  pixels.fill_value = config.number("fill_value", 0);
  return pixels;
}

HeightWidth read_height_width(LayerConfig& config) {
  return {config.integer("height"), config.integer("width")};
}

}  // namespace ktrain
