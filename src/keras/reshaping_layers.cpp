#include <utility>

#include "keras/registry.h"
#include "ktrain/nn/layers/cropping.h"
#include "ktrain/nn/layers/flatten.h"
#include "ktrain/nn/layers/permute.h"
#include "ktrain/nn/layers/repeat_vector.h"
#include "ktrain/nn/layers/reshape.h"
#include "ktrain/nn/layers/up_sampling.h"
#include "ktrain/nn/layers/zero_padding.h"

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

template <std::size_t kAxes, auto kMake>
std::unique_ptr<Layer> read_zero_padding(LayerConfig& config) {
  config.channels_last();
  ZeroPaddingOptions<kAxes> options;
  options.padding = config.margins<kAxes>("padding", options.padding);
  return kMake(config.name(), options, config.trainable());
}

template <std::size_t kAxes, auto kMake>
std::unique_ptr<Layer> read_cropping(LayerConfig& config) {
  config.channels_last();
  CroppingOptions<kAxes> options;
  options.cropping = config.margins<kAxes>("cropping", options.cropping);
  return kMake(config.name(), options, config.trainable());
}

std::unique_ptr<Layer> read_repeat_vector(LayerConfig& config) {
  return make_repeat_vector(config.name(), {.n = config.integer("n")}, config.trainable());
}

std::unique_ptr<Layer> read_up_sampling1d(LayerConfig& config) {
  const UpSampling1DOptions options{.size = {config.integer("size", 2)}};
  return make_up_sampling1d(config.name(), options, config.trainable());
}

std::unique_ptr<Layer> read_up_sampling2d(LayerConfig& config) {
  constexpr std::pair<const char*, Interpolation> kNames[] = {{"nearest", Interpolation::kNearest},
                                                              {"bilinear", Interpolation::kBilinear},
                                                              {"bicubic", Interpolation::kBicubic},
                                                              {"lanczos3", Interpolation::kLanczos3},
                                                              {"lanczos5", Interpolation::kLanczos5}};
  config.channels_last();
  config.only("interpolation", {"nearest", "bilinear", "bicubic", "lanczos3", "lanczos5"});
  UpSampling2DOptions options;
  options.size = config.sizes<2>("size", options.size);
  for (const auto& [name, interpolation] : kNames) {
    if (config.value("interpolation") == name) options.interpolation = interpolation;
  }
  return make_up_sampling2d(config.name(), options, config.trainable());
}

std::unique_ptr<Layer> read_up_sampling3d(LayerConfig& config) {
  config.channels_last();
  UpSampling3DOptions options;
  options.size = config.sizes<3>("size", options.size);
  return make_up_sampling3d(config.name(), options, config.trainable());
}

constexpr LayerClass kClasses[] = {
    {"Cropping1D", read_cropping<1, make_cropping1d>, Masking::kDrops},
    {"Cropping2D", read_cropping<2, make_cropping2d>, Masking::kDrops},
    {"Cropping3D", read_cropping<3, make_cropping3d>, Masking::kDrops},
    {"Flatten", read_flatten, Masking::kDrops},
    {"Permute", read_permute, Masking::kDrops},
    {"RepeatVector", read_repeat_vector, Masking::kDrops},
    {"Reshape", read_reshape, Masking::kDrops},
    {"UpSampling1D", read_up_sampling1d, Masking::kDrops},
    {"UpSampling2D", read_up_sampling2d, Masking::kDrops},
    {"UpSampling3D", read_up_sampling3d, Masking::kDrops},
    {"ZeroPadding1D", read_zero_padding<1, make_zero_padding1d>, Masking::kDrops},
    {"ZeroPadding2D", read_zero_padding<2, make_zero_padding2d>, Masking::kDrops},
    {"ZeroPadding3D", read_zero_padding<3, make_zero_padding3d>, Masking::kDrops}};

}  // namespace

std::span<const LayerClass> reshaping_layers() {
  return kClasses;
}

}  // namespace ktrain
