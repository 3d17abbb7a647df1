#include "keras/registry.h"
#include "ktrain/nn/layers/average_pooling2d.h"
#include "ktrain/nn/layers/global_average_pooling2d.h"
#include "ktrain/nn/layers/global_max_pooling2d.h"
#include "ktrain/nn/layers/max_pooling2d.h"

namespace ktrain {
namespace {

template <typename Options>
Options read_window(LayerConfig& config) {
  config.channels_last();
  Options options;
  options.pool_size = config.size("pool_size", options.pool_size);
  options.strides = config.size("strides");
  options.padding = config.padding();
  return options;
}

template <typename Options>
Options read_global(LayerConfig& config) {
  config.channels_last();
  return {.keepdims = config.flag("keepdims", false)};
}

std::unique_ptr<Layer> read_max(LayerConfig& config) {
  return make_max_pooling2d(config.name(), read_window<MaxPooling2DOptions>(config), config.trainable());
}

std::unique_ptr<Layer> read_average(LayerConfig& config) {
  return make_average_pooling2d(config.name(), read_window<AveragePooling2DOptions>(config),
                                config.trainable());
}

std::unique_ptr<Layer> read_global_max(LayerConfig& config) {
  return make_global_max_pooling2d(config.name(), read_global<GlobalMaxPooling2DOptions>(config),
                                   config.trainable());
}

std::unique_ptr<Layer> read_global_average(LayerConfig& config) {
  return make_global_average_pooling2d(config.name(), read_global<GlobalAveragePooling2DOptions>(config),
                                       config.trainable());
}

constexpr LayerClass kClasses[] = {{"MaxPooling2D", read_max},
                                   {"AveragePooling2D", read_average},
                                   {"GlobalMaxPooling2D", read_global_max},
                                   {"GlobalAveragePooling2D", read_global_average}};

}  // namespace

std::span<const LayerClass> pooling_layers() {
  return kClasses;
}

}  // namespace ktrain
