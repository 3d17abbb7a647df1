#include <algorithm>
#include <cmath>

#include "core/text.h"
#include "keras/registry.h"
#include "ktrain/nn/layers/random_color.h"
#include "ktrain/nn/layers/random_movement.h"
#include "ktrain/nn/layers/resizing.h"

namespace ktrain {
namespace {

/// What all of them have.
ImageLayerOptions read_image_layer(LayerConfig& config) {
  config.channels_last();
  config.ignore(
      {"bounding_box_format"});  // of inputs that are dicts of images and boxes, which models have not
  ImageLayerOptions options{.name = config.name(), .trainable = config.trainable()};
  const Json& seed = config.value("seed");
  if (!seed.is_null() && !seed.is_number_unsigned()) {
    config.refuse("seed", text(brief(seed), " is not a whole number"));
  }
  if (seed.is_number_unsigned()) options.seed = seed.get<std::uint64_t>();
  return options;
}

std::optional<RandomRange> two_numbers(const Json& json) {
  if (!json.is_array() || json.size() != 2) return std::nullopt;
  const auto first = number_of(json[0]), second = number_of(json[1]);
  if (!first || !second || !std::isfinite(*first) || !std::isfinite(*second)) return std::nullopt;
  return RandomRange{*first, *second};
}

/// What a factor may be, and what a single number f stands for.
struct FactorRule {
  double low = -1;
  double high = 1;
  bool symmetric = true;  ///< [-f, f], but not below `low`; else [low, f]
};

/// A number or a list of two, as a range in order.
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

/// The same where each of two numbers must be within the rule.
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
                                                         {"nearest", FillMode::kNearest}};
  MovedPixels pixels;
  config.only("fill_mode", {"reflect", "wrap", "constant", "nearest"});
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

std::unique_ptr<Layer> read_resizing(LayerConfig& config) {
  ResizingOptions options;
  options.size = read_height_width(config);
  options.interpolation = read_interpolation(config, true);
  options.crop_to_aspect_ratio = config.flag("crop_to_aspect_ratio", false);
  options.pad_to_aspect_ratio = config.flag("pad_to_aspect_ratio", false);
  config.only("fill_mode", {"constant"});
  options.fill_value = config.number("fill_value", 0);
  options.antialias = config.flag("antialias", false);
  return make_resizing(read_image_layer(config), options);
}

std::unique_ptr<Layer> read_center_crop(LayerConfig& config) {
  return make_center_crop(read_image_layer(config), read_height_width(config));
}

std::unique_ptr<Layer> read_random_crop(LayerConfig& config) {
  return make_random_crop(read_image_layer(config), read_height_width(config));
}

std::unique_ptr<Layer> read_random_flip(LayerConfig& config) {
  config.only("mode", {"horizontal_and_vertical", "horizontal", "vertical"});
  const Json& mode = config.value("mode");
  return make_random_flip(read_image_layer(config),
                          {.horizontal = mode != "vertical", .vertical = mode != "horizontal"});
}

std::unique_ptr<Layer> read_random_rotation(LayerConfig& config) {
  return make_random_rotation(read_image_layer(config), {.factor = read_factor(config, "factor", {}),
                                                         .pixels = read_moved_pixels(config)});
}

std::unique_ptr<Layer> read_random_zoom(LayerConfig& config) {
  // -1 itself would make a zoom of nothing.
  const FactorRule rule{.low = std::nextafter(-1.0, 0.0)};
  RandomZoomOptions options;
  options.height_factor = read_strict_factor(config, "height_factor", rule);
  if (!config.value("width_factor").is_null()) {
    options.width_factor = read_strict_factor(config, "width_factor", rule);
  }
  options.pixels = read_moved_pixels(config);
  return make_random_zoom(read_image_layer(config), options);
}

std::unique_ptr<Layer> read_random_translation(LayerConfig& config) {
  return make_random_translation(read_image_layer(config),
                                 {.height_factor = read_strict_factor(config, "height_factor", {}),
                                  .width_factor = read_strict_factor(config, "width_factor", {}),
                                  .pixels = read_moved_pixels(config)});
}

std::unique_ptr<Layer> read_random_shear(LayerConfig& config) {
  // Keras writes the range of a single number f, [-f, f], which it does not take back itself.
  const auto read = [&](const char* key) {
    if (config.value(key).is_null()) return RandomRange{0, 0};
    return read_strict_factor(config, key, {});
  };
  return make_random_shear(
      read_image_layer(config),
      {.x_factor = read("x_factor"), .y_factor = read("y_factor"), .pixels = read_moved_pixels(config)});
}

std::unique_ptr<Layer> read_random_brightness(LayerConfig& config) {
  return make_random_brightness(read_image_layer(config), {.factor = read_factor(config, "factor", {}),
                                                           .value_range = read_value_range(config)});
}

std::unique_ptr<Layer> read_random_contrast(LayerConfig& config) {
  return make_random_contrast(read_image_layer(config), {.factor = read_factor(config, "factor", {.low = 0}),
                                                         .value_range = read_value_range(config)});
}

constexpr LayerClass kClasses[] = {
    {"Resizing", read_resizing, Masking::kDrops},
    {"CenterCrop", read_center_crop, Masking::kDrops},
    {"RandomCrop", read_random_crop, Masking::kDrops},
    {"RandomFlip", read_random_flip, Masking::kDrops},
    {"RandomRotation", read_random_rotation, Masking::kDrops},
    {"RandomZoom", read_random_zoom, Masking::kDrops},
    {"RandomTranslation", read_random_translation, Masking::kDrops},
    {"RandomShear", read_random_shear, Masking::kDrops},
    {"RandomBrightness", read_random_brightness, Masking::kDrops},
    {"RandomContrast", read_random_contrast, Masking::kDrops},
};

}  // namespace

std::span<const LayerClass> preprocessing_layers() {
  return kClasses;
}

}  // namespace ktrain
