#include "keras/registry.h"
#include "ktrain/nn/layers/add.h"
#include "ktrain/nn/layers/concatenate.h"

namespace ktrain {
namespace {

std::unique_ptr<Layer> read_add(LayerConfig& config) {
  return make_add(config.name(), config.trainable());
}

std::unique_ptr<Layer> read_concatenate(LayerConfig& config) {
  return make_concatenate(config.name(), {.axis = static_cast<int>(config.integer("axis", -1))},
                          config.trainable());
}

constexpr LayerClass kClasses[] = {{"Add", read_add}, {"Concatenate", read_concatenate}};

}  // namespace

std::span<const LayerClass> merging_layers() {
  return kClasses;
}

}  // namespace ktrain
