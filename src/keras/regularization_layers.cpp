#include "core/text.h"
#include "keras/registry.h"
#include "ktrain/nn/layers/activity_regularization.h"
#include "ktrain/nn/layers/dropout.h"
#include "ktrain/nn/layers/noise.h"

namespace ktrain {
namespace {

std::optional<std::uint64_t> read_seed(LayerConfig& config) {
  const Json& seed = config.value("seed");
  return seed.is_number_unsigned() ? std::optional(seed.get<std::uint64_t>()) : std::nullopt;
}

/// noise_shape: null, or a list of sizes and nulls.
std::vector<std::optional<std::int64_t>> read_noise_shape(LayerConfig& config) {
  std::vector<std::optional<std::int64_t>> shape;
  const Json& list = config.value("noise_shape");
  if (!list.is_null() && !list.is_array()) config.refuse("noise_shape", text(brief(list), " is not a list"));
  for (const Json& size : list) {
    if (!size.is_null() && !size.is_number_unsigned()) {
      config.refuse("noise_shape", text(brief(size), " is not a dimension"));
    }
    shape.push_back(size.is_null() ? std::nullopt : std::optional(size.get<std::int64_t>()));
  }
  return shape;
}

std::unique_ptr<Layer> read_dropout(LayerConfig& config) {
  DropoutOptions options;
  options.rate = config.real("rate");
  options.noise_shape = read_noise_shape(config);
  options.seed = read_seed(config);
  return make_dropout(config.name(), options, config.trainable());
}

/// Whole channels are dropped, which are at the back.
template <int kAxes>
std::unique_ptr<Layer> read_spatial_dropout(LayerConfig& config) {
  if (kAxes > 1) config.channels_last();
  DropoutOptions options;
  options.rate = config.real("rate");
  options.seed = read_seed(config);
  options.noise_shape.assign(kAxes + 2, 1);
  options.noise_shape.front().reset();
  options.noise_shape.back().reset();
  return make_dropout(config.name(), options, config.trainable());
}

std::unique_ptr<Layer> read_gaussian_noise(LayerConfig& config) {
  return make_gaussian_noise(config.name(), {config.number("stddev"), read_seed(config)}, config.trainable());
}

std::unique_ptr<Layer> read_gaussian_dropout(LayerConfig& config) {
  return make_gaussian_dropout(config.name(), {config.number("rate"), read_seed(config)}, config.trainable());
}

std::unique_ptr<Layer> read_alpha_dropout(LayerConfig& config) {
  config.only("noise_shape", {nullptr});
  return make_alpha_dropout(config.name(), {config.number("rate"), read_seed(config)}, config.trainable());
}

// Its penalty is added behind it.
std::unique_ptr<Layer> read_activity_regularization(LayerConfig& config) {
  for (const char* key : {"l1", "l2"}) static_cast<void>(config.real(key, 0));
  return make_activity_regularization(config.name(), config.trainable());
}

constexpr LayerClass kClasses[] = {{"ActivityRegularization", read_activity_regularization, Masking::kPasses},
                                   {"AlphaDropout", read_alpha_dropout, Masking::kPasses},
                                   {"Dropout", read_dropout, Masking::kPasses},
                                   {"GaussianDropout", read_gaussian_dropout, Masking::kPasses},
                                   {"GaussianNoise", read_gaussian_noise, Masking::kPasses},
                                   {"SpatialDropout1D", read_spatial_dropout<1>, Masking::kPasses},
                                   {"SpatialDropout2D", read_spatial_dropout<2>, Masking::kPasses},
                                   {"SpatialDropout3D", read_spatial_dropout<3>, Masking::kPasses}};

}  // namespace

std::span<const LayerClass> regularization_layers() {
  return kClasses;
}

}  // namespace ktrain
