#include "keras/registry.h"
#include "ktrain/nn/layers/adaptive_pooling.h"
#include "ktrain/nn/layers/global_pooling.h"
#include "ktrain/nn/layers/pooling.h"

namespace ktrain {
namespace {

template <std::size_t kAxes, auto kMake>
std::unique_ptr<Layer> read_windows(LayerConfig& config) {
  config.channels_last();
  PoolingOptions<kAxes> options;
  options.pool_size = config.sizes<kAxes>("pool_size", options.pool_size);
  options.strides = config.sizes<kAxes>("strides");
  options.padding = config.padding();
  return kMake(config.name(), options, config.trainable());
}

template <auto kMake>
std::unique_ptr<Layer> read_global(LayerConfig& config) {
  config.channels_last();
  return kMake(config.name(), {.keepdims = config.flag("keepdims", false)}, config.trainable());
}

template <std::size_t kAxes, auto kMake>
std::unique_ptr<Layer> read_adaptive(LayerConfig& config) {
  config.channels_last();
  const auto output_size = config.sizes<kAxes>("output_size");
  if (!output_size) config.refuse("output_size", "is missing");
  return kMake(config.name(), {.output_size = *output_size}, config.trainable());
}

constexpr LayerClass kClasses[] = {
    {"MaxPooling1D", read_windows<1, make_max_pooling1d>, Masking::kDrops},
    {"AveragePooling1D", read_windows<1, make_average_pooling1d>, Masking::kDrops},
    {"MaxPooling2D", read_windows<2, make_max_pooling2d>, Masking::kDrops},
    {"AveragePooling2D", read_windows<2, make_average_pooling2d>, Masking::kDrops},
    {"MaxPooling3D", read_windows<3, make_max_pooling3d>, Masking::kDrops},
    {"AveragePooling3D", read_windows<3, make_average_pooling3d>, Masking::kDrops},
    {"GlobalMaxPooling1D", read_global<make_global_max_pooling1d>, Masking::kDrops},
    {"GlobalAveragePooling1D", read_global<make_global_average_pooling1d>, Masking::kTakesAndDrops},
    {"GlobalMaxPooling2D", read_global<make_global_max_pooling2d>, Masking::kDrops},
    {"GlobalAveragePooling2D", read_global<make_global_average_pooling2d>, Masking::kDrops},
    {"GlobalMaxPooling3D", read_global<make_global_max_pooling3d>, Masking::kDrops},
    {"GlobalAveragePooling3D", read_global<make_global_average_pooling3d>, Masking::kDrops},
    {"AdaptiveMaxPooling1D", read_adaptive<1, make_adaptive_max_pooling1d>, Masking::kDrops},
    {"AdaptiveAveragePooling1D", read_adaptive<1, make_adaptive_average_pooling1d>, Masking::kDrops},
    {"AdaptiveMaxPooling2D", read_adaptive<2, make_adaptive_max_pooling2d>, Masking::kDrops},
    {"AdaptiveAveragePooling2D", read_adaptive<2, make_adaptive_average_pooling2d>, Masking::kDrops},
    {"AdaptiveMaxPooling3D", read_adaptive<3, make_adaptive_max_pooling3d>, Masking::kDrops},
    {"AdaptiveAveragePooling3D", read_adaptive<3, make_adaptive_average_pooling3d>, Masking::kDrops}};

}  // namespace

std::span<const LayerClass> pooling_layers() {
  return kClasses;
}

}  // namespace ktrain
