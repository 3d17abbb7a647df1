#include <cmath>

#include "core/text.h"
#include "keras/image_arguments.h"
#include "keras/registry.h"
#include "ktrain/nn/layers/image_filters.h"
#include "ktrain/nn/layers/rand_augment.h"
#include "ktrain/nn/layers/random_color.h"
#include "ktrain/nn/layers/random_movement.h"
#include "ktrain/nn/layers/resizing.h"

namespace ktrain {
namespace {

constexpr FactorRule kShare{.low = 0};

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

std::unique_ptr<Layer> read_random_saturation(LayerConfig& config) {
  return make_random_saturation(read_image_layer(config), {.factor = read_factor(config, "factor", {}),
                                                           .value_range = read_value_range(config)});
}

std::unique_ptr<Layer> read_random_hue(LayerConfig& config) {
  return make_random_hue(read_image_layer(config), {.factor = read_factor(config, "factor", kShare),
                                                    .value_range = read_value_range(config)});
}

std::unique_ptr<Layer> read_random_color_jitter(LayerConfig& config) {
  const ValueRange range = read_value_range(config);
  RandomColorJitterOptions options;
  const auto factor = [&](const char* key, const FactorRule& rule) -> std::optional<RandomRange> {
    if (config.value(key).is_null()) return std::nullopt;
    return read_factor(config, key, rule);
  };
  if (const auto brightness = factor("brightness_factor", {})) options.brightness = {*brightness, range};
  if (const auto contrast = factor("contrast_factor", kShare)) options.contrast = {*contrast, range};
  if (const auto saturation = factor("saturation_factor", {})) options.saturation = {*saturation, range};
  if (const auto hue = factor("hue_factor", kShare)) options.hue = {*hue, range};
  return make_random_color_jitter(read_image_layer(config), options);
}

std::unique_ptr<Layer> read_random_grayscale(LayerConfig& config) {
  return make_random_grayscale(read_image_layer(config), config.number("factor", 0.5));
}

std::unique_ptr<Layer> read_random_color_degeneration(LayerConfig& config) {
  return make_random_color_degeneration(
      read_image_layer(config),
      {.factor = read_factor(config, "factor", {}), .value_range = read_value_range(config)});
}

/// The probability that a layer takes from: 1 when absent.
RandomRange read_probability(LayerConfig& config) {
  return config.value("factor").is_null() ? RandomRange{0, 1} : read_factor(config, "factor", kShare);
}

std::unique_ptr<Layer> read_random_invert(LayerConfig& config) {
  return make_random_invert(read_image_layer(config),
                            {.factor = read_probability(config), .value_range = read_value_range(config)});
}

std::unique_ptr<Layer> read_random_posterization(LayerConfig& config) {
  const RandomRange factor = read_factor(config, "factor", {.low = 1, .high = 8});
  if (factor[0] != std::floor(factor[0]) || factor[1] != std::floor(factor[1])) {
    config.refuse("factor", text(brief(config.value("factor")), " is not whole numbers of bits"));
  }
  return make_random_posterization(read_image_layer(config),
                                   {.factor = {static_cast<int>(factor[0]), static_cast<int>(factor[1])},
                                    .value_range = read_value_range(config)});
}

std::unique_ptr<Layer> read_solarization(LayerConfig& config) {
  const auto factor = [&](const char* key) {
    if (config.value(key).is_null()) return RandomRange{0, 0};
    return read_strict_factor(config, key, {.low = 0, .symmetric = false});
  };
  return make_solarization(read_image_layer(config), {.addition_factor = factor("addition_factor"),
                                                      .threshold_factor = factor("threshold_factor"),
                                                      .value_range = read_value_range(config)});
}

std::unique_ptr<Layer> read_random_sharpness(LayerConfig& config) {
  return make_random_sharpness(read_image_layer(config), {.factor = read_factor(config, "factor", kShare),
                                                          .value_range = read_value_range(config)});
}

std::unique_ptr<Layer> read_random_gaussian_blur(LayerConfig& config) {
  RandomGaussianBlurOptions options;
  options.factor = read_probability(config);
  options.kernel_size = config.sizes<2>("kernel_size", {3, 3});
  if (!config.value("sigma").is_null()) options.sigma = read_factor(config, "sigma", kShare);
  options.value_range = read_value_range(config);
  return make_random_gaussian_blur(read_image_layer(config), options);
}

std::unique_ptr<Layer> read_random_erasing(LayerConfig& config) {
  RandomErasingOptions options;
  options.factor = read_probability(config);
  if (!config.value("scale").is_null()) options.scale = read_factor(config, "scale", kShare);
  options.value_range = read_value_range(config);
  const Json& fill = config.value("fill_value");
  for (const Json& json : fill.is_array() ? fill : Json::array({fill})) {
    if (fill.is_null()) continue;
    const auto number = number_of(json);
    if (!number || (fill.is_array() && fill.size() != 3)) {
      config.refuse("fill_value", text(brief(fill), " is not a number or a list of three"));
    }
    options.fill_value.push_back(*number);
  }
  return make_random_erasing(read_image_layer(config), options);
}

std::unique_ptr<Layer> read_auto_contrast(LayerConfig& config) {
  return make_auto_contrast(read_image_layer(config), read_value_range(config));
}

std::unique_ptr<Layer> read_random_perspective(LayerConfig& config) {
  RandomPerspectiveOptions options;
  options.factor = read_probability(config);
  options.scale = config.number("scale", 1);
  options.interpolation = read_interpolation(config, false);
  options.fill_value = config.number("fill_value", 0);
  return make_random_perspective(read_image_layer(config), options);
}

std::unique_ptr<Layer> read_random_elastic_transform(LayerConfig& config) {
  RandomElasticTransformOptions options;
  options.factor = read_probability(config);
  if (!config.value("scale").is_null()) options.scale = read_factor(config, "scale", kShare);
  options.pixels = read_moved_pixels(config);
  options.value_range = read_value_range(config);
  return make_random_elastic_transform(read_image_layer(config), options);
}

std::unique_ptr<Layer> read_equalization(LayerConfig& config) {
  return make_equalization(read_image_layer(config),
                           {.value_range = read_value_range(config), .bins = config.integer("bins", 256)});
}

std::unique_ptr<Layer> read_rand_augment(LayerConfig& config) {
  RandAugmentOptions options;
  options.value_range = read_value_range(config);
  options.num_ops = config.integer("num_ops", 2);
  if (!config.value("factor").is_null()) options.factor = read_factor(config, "factor", kShare);
  options.interpolation = read_interpolation(config, false);
  return make_rand_augment(read_image_layer(config), options);
}

constexpr LayerClass kClasses[] = {
    {"Resizing", read_resizing, Masking::kDrops, "data"},
    {"CenterCrop", read_center_crop, Masking::kDrops, "data"},
    {"RandomCrop", read_random_crop, Masking::kDrops, "data"},
    {"RandomFlip", read_random_flip, Masking::kDrops, "data"},
    {"RandomRotation", read_random_rotation, Masking::kDrops, "data"},
    {"RandomZoom", read_random_zoom, Masking::kDrops, "data"},
    {"RandomTranslation", read_random_translation, Masking::kDrops, "data"},
    {"RandomShear", read_random_shear, Masking::kDrops, "data"},
    {"RandomBrightness", read_random_brightness, Masking::kDrops, "data"},
    {"RandomContrast", read_random_contrast, Masking::kDrops, "data"},
    {"RandomSaturation", read_random_saturation, Masking::kDrops, "data"},
    {"RandomHue", read_random_hue, Masking::kDrops, "data"},
    {"RandomColorJitter", read_random_color_jitter, Masking::kDrops, "data"},
    {"RandomGrayscale", read_random_grayscale, Masking::kDrops, "data"},
    {"RandomColorDegeneration", read_random_color_degeneration, Masking::kDrops, "data"},
    {"RandomInvert", read_random_invert, Masking::kDrops, "data"},
    {"RandomPosterization", read_random_posterization, Masking::kDrops, "data"},
    {"Solarization", read_solarization, Masking::kDrops, "data"},
    {"RandomSharpness", read_random_sharpness, Masking::kDrops, "data"},
    {"RandomGaussianBlur", read_random_gaussian_blur, Masking::kDrops, "data"},
    {"RandomErasing", read_random_erasing, Masking::kDrops, "data"},
    {"AutoContrast", read_auto_contrast, Masking::kDrops, "data"},
    {"RandomPerspective", read_random_perspective, Masking::kDrops, "data"},
    {"RandomElasticTransform", read_random_elastic_transform, Masking::kDrops, "data"},
    {"Equalization", read_equalization, Masking::kDrops, "data"},
    {"RandAugment", read_rand_augment, Masking::kDrops, "data"},
};

}  // namespace

std::span<const LayerClass> preprocessing_layers() {
  return kClasses;
}

}  // namespace ktrain
