#include "keras/activation_layers.h"

#include <limits>

#include "keras/registry.h"
#include "ktrain/nn/layers/activation.h"
#include "ktrain/nn/layers/leaky_relu.h"
#include "ktrain/nn/layers/relu.h"
#include "ktrain/nn/layers/softmax.h"

namespace ktrain {
namespace {

ReLUOptions relu_options(LayerConfig& config) {
  ReLUOptions options;
  options.negative_slope = config.real("negative_slope", 0);
  options.threshold = config.real("threshold", 0);
  if (!config.value("max_value").is_null()) options.max_value = config.real("max_value");
  return options;
}

LeakyReLUOptions leaky_relu_options(LayerConfig& config) {
  return {.negative_slope = config.real("negative_slope", 0.3F)};
}

SoftmaxOptions softmax_options(LayerConfig& config) {
  return {.axis = static_cast<int>(config.integer("axis", -1))};
}

std::unique_ptr<Layer> read_activation(LayerConfig& config) {
  return make_activation(config.name(), {config.activation("activation")}, config.trainable());
}

std::unique_ptr<Layer> read_relu(LayerConfig& config) {
  return make_relu(config.name(), relu_options(config), config.trainable());
}

std::unique_ptr<Layer> read_leaky_relu(LayerConfig& config) {
  return make_leaky_relu(config.name(), leaky_relu_options(config), config.trainable());
}

std::unique_ptr<Layer> read_softmax(LayerConfig& config) {
  return make_softmax(config.name(), softmax_options(config), config.trainable());
}

constexpr LayerClass kClasses[] = {{"Activation", read_activation, Masking::kPasses},
                                   {"ReLU", read_relu, Masking::kPasses},
                                   {"LeakyReLU", read_leaky_relu, Masking::kPasses},
                                   {"Softmax", read_softmax, Masking::kPasses}};

}  // namespace

std::span<const LayerClass> activation_layers() {
  return kClasses;
}

std::optional<Activation> read_activation_layer(LayerConfig& config) {
  if (config.class_name() == "ReLU") {
    const ReLUOptions relu = relu_options(config);
    return Activation{.kind = ActivationKind::kRelu,
                      .negative_slope = relu.negative_slope,
                      .max_value = relu.max_value.value_or(std::numeric_limits<float>::infinity()),
                      .threshold = relu.threshold};
  }
  if (config.class_name() == "LeakyReLU") {
    return Activation{.kind = ActivationKind::kRelu,
                      .negative_slope = leaky_relu_options(config).negative_slope};
  }
  if (config.class_name() == "Softmax") {
    return Activation{.kind = ActivationKind::kSoftmax, .axis = softmax_options(config).axis};
  }
  return std::nullopt;
}

}  // namespace ktrain
