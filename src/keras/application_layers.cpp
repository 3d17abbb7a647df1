#include "keras/registry.h"
#include "ktrain/nn/layers/custom_scale_layer.h"
#include "ktrain/nn/layers/layer_scale.h"
#include "ktrain/nn/layers/stochastic_depth.h"

namespace ktrain {
namespace {

std::unique_ptr<Layer> read_custom_scale_layer(LayerConfig& config) {
  return make_custom_scale_layer(config.name(), {config.number("scale")}, config.trainable());
}

std::unique_ptr<Layer> read_layer_scale(LayerConfig& config) {
  LayerScaleOptions options;
  options.projection_dim = config.integer("projection_dim");
  options.init_values = config.number("init_values");
  return make_layer_scale(config.name(), options, config.trainable());
}

std::unique_ptr<Layer> read_stochastic_depth(LayerConfig& config) {
  return make_stochastic_depth(config.name(), {config.number("drop_path_rate")}, config.trainable());
}

constexpr LayerClass kClasses[] = {{"CustomScaleLayer", read_custom_scale_layer},
                                   {"LayerScale", read_layer_scale, Masking::kDrops, "x"},
                                   {"StochasticDepth", read_stochastic_depth, Masking::kDrops, "x"}};

}  // namespace

std::span<const LayerClass> application_layers() {
  return kClasses;
}

}  // namespace ktrain
