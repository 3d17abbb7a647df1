#include "core/text.h"
#include "keras/registry.h"
#include "ktrain/nn/layers/add.h"
#include "ktrain/nn/layers/average.h"
#include "ktrain/nn/layers/concatenate.h"
#include "ktrain/nn/layers/dot.h"
#include "ktrain/nn/layers/maximum.h"
#include "ktrain/nn/layers/minimum.h"
#include "ktrain/nn/layers/multiply.h"
#include "ktrain/nn/layers/subtract.h"

namespace ktrain {
namespace {

std::unique_ptr<Layer> read_add(LayerConfig& config) {
  return make_add(config.name(), config.trainable());
}
std::unique_ptr<Layer> read_subtract(LayerConfig& config) {
  return make_subtract(config.name(), config.trainable());
}
std::unique_ptr<Layer> read_average(LayerConfig& config) {
  return make_average(config.name(), config.trainable());
}

/// True when a mask comes with each input.
bool is_masked(const LayerConfig& config) {
  return config.call().find("inputs_mask") >= 0;
}
std::unique_ptr<Layer> read_multiply(LayerConfig& config) {
  return make_multiply(config.name(), is_masked(config), config.trainable());
}
std::unique_ptr<Layer> read_maximum(LayerConfig& config) {
  return make_maximum(config.name(), is_masked(config), config.trainable());
}
std::unique_ptr<Layer> read_minimum(LayerConfig& config) {
  return make_minimum(config.name(), is_masked(config), config.trainable());
}

std::unique_ptr<Layer> read_concatenate(LayerConfig& config) {
  return make_concatenate(config.name(), {.axis = static_cast<int>(config.integer("axis", -1))},
                          config.trainable());
}

/// axes: one for both inputs, or a list with one for each.
std::unique_ptr<Layer> read_dot(LayerConfig& config) {
  DotOptions options;
  const Json& axes = config.value("axes");
  const std::vector<std::int64_t> given =
      axes.is_array() ? config.integers("axes") : std::vector(2, config.integer("axes"));
  if (given.size() != 2) config.refuse("axes", text(brief(axes), " is not an axis or two"));
  options.axes = {static_cast<int>(given[0]), static_cast<int>(given[1])};
  options.normalize = config.flag("normalize", false);
  return make_dot(config.name(), options, config.trainable());
}

constexpr LayerClass kClasses[] = {{"Add", read_add, Masking::kMerges},
                                   {"Average", read_average, Masking::kMerges},
                                   {"Concatenate", read_concatenate, Masking::kConcatenates},
                                   {"Dot", read_dot},
                                   {"Maximum", read_maximum, Masking::kTakesAndMerges},
                                   {"Minimum", read_minimum, Masking::kTakesAndMerges},
                                   {"Multiply", read_multiply, Masking::kTakesAndMerges},
                                   {"Subtract", read_subtract, Masking::kMerges},
                                   // In models of Keras 2 with masks (keras2.h).
                                   {"Keras2Add", read_add, Masking::kMergesAll},
                                   {"Keras2Average", read_average, Masking::kMergesAll},
                                   {"Keras2Maximum", read_maximum, Masking::kMergesAll},
                                   {"Keras2Minimum", read_minimum, Masking::kMergesAll},
                                   {"Keras2Multiply", read_multiply, Masking::kMergesAll},
                                   {"Keras2Subtract", read_subtract, Masking::kMergesAll}};

}  // namespace

std::span<const LayerClass> merging_layers() {
  return kClasses;
}

}  // namespace ktrain
