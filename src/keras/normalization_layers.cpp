#include "keras/registry.h"
#include "ktrain/nn/layers/batch_normalization.h"

namespace ktrain {
namespace {

std::unique_ptr<Layer> read_batch_normalization(LayerConfig& config) {
  config.only("renorm", {false});
  config.ignore({"renorm_clipping", "renorm_momentum"});
  BatchNormalizationOptions options;
  options.axis = static_cast<int>(config.integer("axis", -1));
  options.momentum = config.number("momentum", options.momentum);
  options.epsilon = config.number("epsilon", options.epsilon);
  options.center = config.flag("center", true);
  options.scale = config.flag("scale", true);
  options.beta_initializer = config.initializer("beta_initializer");
  options.gamma_initializer = config.initializer("gamma_initializer");
  options.moving_mean_initializer = config.initializer("moving_mean_initializer");
  options.moving_variance_initializer = config.initializer("moving_variance_initializer");
  options.beta_regularizer = config.regularizer("beta_regularizer");
  options.beta_constraint = config.constraint("beta_constraint");
  options.gamma_regularizer = config.regularizer("gamma_regularizer");
  options.gamma_constraint = config.constraint("gamma_constraint");
  const bool synchronized = config.flag("synchronized", false);
  options.statistics = synchronized ? BatchStatistics::kGlobal : config.options().statistics;
  return make_batch_normalization(config.name(), options, config.trainable());
}

constexpr LayerClass kClasses[] = {{"BatchNormalization", read_batch_normalization, Masking::kPasses}};

}  // namespace

std::span<const LayerClass> normalization_layers() {
  return kClasses;
}

}  // namespace ktrain
