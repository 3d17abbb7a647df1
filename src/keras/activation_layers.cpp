#include "keras/activation_layers.h"

#include <limits>

#include "keras/registry.h"
#include "ktrain/nn/layers/activation.h"
#include "ktrain/nn/layers/elu.h"
#include "ktrain/nn/layers/leaky_relu.h"
#include "ktrain/nn/layers/prelu.h"
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

/// An axis, or a list of them.
std::vector<int> axes(LayerConfig& config) {
  if (!config.value("axis").is_array()) return {static_cast<int>(config.integer("axis", -1))};
  std::vector<int> axes;
  for (const std::int64_t axis : config.integers("axis")) axes.push_back(static_cast<int>(axis));
  return axes;
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
  const SoftmaxOptions options{.axis = axes(config), .masked = config.call().find("inputs_mask") >= 0};
  return make_softmax(config.name(), options, config.trainable());
}

std::unique_ptr<Layer> read_elu(LayerConfig& config) {
  return make_elu(config.name(), {.alpha = config.real("alpha", 1)}, config.trainable());
}

std::unique_ptr<Layer> read_prelu(LayerConfig& config) {
  PReLUOptions options;
  options.alpha_initializer = config.initializer("alpha_initializer");
  options.alpha_regularizer = config.regularizer("alpha_regularizer");
  options.alpha_constraint = config.constraint("alpha_constraint");
  if (!config.value("shared_axes").is_null()) {
    for (const std::int64_t axis : config.integers("shared_axes")) {
      options.shared_axes.push_back(static_cast<int>(axis));
    }
  }
  return make_prelu(config.name(), options, config.trainable());
}

constexpr LayerClass kClasses[] = {{"Activation", read_activation, Masking::kPasses},
                                   {"ELU", read_elu, Masking::kPasses},
                                   {"LeakyReLU", read_leaky_relu, Masking::kPasses},
                                   {"PReLU", read_prelu, Masking::kPasses},
                                   {"ReLU", read_relu, Masking::kPasses},
                                   {"Softmax", read_softmax, Masking::kTakes}};

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
  if (config.class_name() == "ELU") {
    return Activation{.kind = ActivationKind::kElu, .alpha = config.real("alpha", 1)};
  }
  if (config.class_name() == "Softmax") {
    if (axes(config).size() != 1) config.refuse("axis", "an activation takes one axis alone");
    return Activation{.kind = ActivationKind::kSoftmax, .axis = axes(config).front()};
  }
  return std::nullopt;
}

}  // namespace ktrain
