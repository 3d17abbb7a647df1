#include <optional>

#include "core/text.h"
#include "keras/registry.h"
#include "ktrain/nn/layers/batch_normalization.h"
#include "ktrain/nn/layers/group_normalization.h"
#include "ktrain/nn/layers/layer_normalization.h"
#include "ktrain/nn/layers/spectral_normalization.h"

namespace ktrain {
namespace {

/// renorm, renorm_clipping and renorm_momentum.
std::optional<BatchNormalizationOptions::Renormalization> read_renormalization(LayerConfig& config) {
  BatchNormalizationOptions::Renormalization renorm;
  const bool wanted = config.flag("renorm", false);
  const Json& clipping = config.value("renorm_clipping");
  renorm.momentum = config.number("renorm_momentum", renorm.momentum);
  if (!wanted) return std::nullopt;
  if (!clipping.is_null() && !clipping.is_object()) config.refuse("renorm_clipping", brief(clipping));
  for (const auto& [key, json] : clipping.items()) {
    const auto number = number_of(json);
    if ((!number && !json.is_null()) || (key != "rmin" && key != "rmax" && key != "dmax")) {
      config.refuse("renorm_clipping", text(brief(clipping), " is not numbers for rmin, rmax and dmax"));
    }
    (key == "rmin" ? renorm.rmin : key == "rmax" ? renorm.rmax : renorm.dmax) = number;
  }
  return renorm;
}

std::unique_ptr<Layer> read_batch_normalization(LayerConfig& config) {
  BatchNormalizationOptions options;
  options.renorm = read_renormalization(config);
  options.masked = config.call().find("inputs_mask") >= 0;
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
  options.ghost_samples = synchronized ? 0 : config.options().ghost_samples;
  return make_batch_normalization(config.name(), options, config.trainable());
}

/// An axis, or a list of them.
std::vector<int> read_axes(LayerConfig& config) {
  if (!config.value("axis").is_array()) return {static_cast<int>(config.integer("axis", -1))};
  std::vector<int> axes;
  for (const std::int64_t axis : config.integers("axis")) axes.push_back(static_cast<int>(axis));
  return axes;
}

/// What the options of LayerNormalization and GroupNormalization have in common.
template <typename Options>
void read_scale_and_center(LayerConfig& config, Options& options) {
  options.epsilon = config.number("epsilon", options.epsilon);
  options.center = config.flag("center", true);
  options.scale = config.flag("scale", true);
  options.beta_initializer = config.initializer("beta_initializer");
  options.gamma_initializer = config.initializer("gamma_initializer");
  options.beta_regularizer = config.regularizer("beta_regularizer");
  options.gamma_regularizer = config.regularizer("gamma_regularizer");
  options.beta_constraint = config.constraint("beta_constraint");
  options.gamma_constraint = config.constraint("gamma_constraint");
}

std::unique_ptr<Layer> read_layer_normalization(LayerConfig& config) {
  LayerNormalizationOptions options;
  options.axis = read_axes(config);
  options.rms_scaling = config.flag("rms_scaling", false);
  read_scale_and_center(config, options);
  return make_layer_normalization(config.name(), options, config.trainable());
}

std::unique_ptr<Layer> read_group_normalization(LayerConfig& config) {
  GroupNormalizationOptions options;
  options.groups = config.integer("groups", 32);
  options.axis = static_cast<int>(config.integer("axis", -1));
  read_scale_and_center(config, options);
  return make_group_normalization(config.name(), options, config.trainable());
}

std::unique_ptr<Layer> read_rms_normalization(LayerConfig& config) {
  RMSNormalizationOptions options;
  options.axis = read_axes(config);
  options.epsilon = config.number("epsilon", options.epsilon);
  return make_rms_normalization(config.name(), options, config.trainable());
}

std::unique_ptr<Layer> read_unit_normalization(LayerConfig& config) {
  UnitNormalizationOptions options;
  options.axis = read_axes(config);
  return make_unit_normalization(config.name(), options, config.trainable());
}

std::unique_ptr<Layer> read_spectral_normalization(LayerConfig& config) {
  const Json& inner = config.value("layer");
  if (find_layer(inner) == nullptr) config.refuse("layer", text(brief(inner), " is not supported"));
  // Keras leaves freezing to the layer's own flag.
  return make_spectral_normalization(config.name(), make_layer(inner, config.options()),
                                     config.integer("power_iterations", 1));
}

constexpr LayerClass kClasses[] = {{"BatchNormalization", read_batch_normalization, Masking::kTakes},
                                   {"GroupNormalization", read_group_normalization, Masking::kPasses},
                                   {"LayerNormalization", read_layer_normalization, Masking::kPasses},
                                   {"RMSNormalization", read_rms_normalization, Masking::kDrops},
                                   {"SpectralNormalization", read_spectral_normalization},
                                   {"UnitNormalization", read_unit_normalization, Masking::kPasses}};

}  // namespace

std::span<const LayerClass> normalization_layers() {
  return kClasses;
}

}  // namespace ktrain
