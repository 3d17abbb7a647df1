#include <vector>

#include "core/text.h"
#include "keras/registry.h"
#include "ktrain/nn/layers/dense.h"
#include "ktrain/nn/layers/dropout.h"
#include "ktrain/nn/layers/rescaling.h"

namespace ktrain {
namespace {

std::unique_ptr<Layer> read_dense(LayerConfig& config) {
  config.only("lora_rank", {nullptr});
  config.only("quantization_config", {nullptr});
  DenseOptions options;
  options.units = config.integer("units");
  options.activation = config.activation("activation");
  options.use_bias = config.flag("use_bias", true);
  options.kernel_initializer = config.initializer("kernel_initializer");
  options.bias_initializer = config.initializer("bias_initializer");
  options.kernel_regularizer = config.regularizer("kernel_regularizer");
  options.kernel_constraint = config.constraint("kernel_constraint");
  options.bias_regularizer = config.regularizer("bias_regularizer");
  options.bias_constraint = config.constraint("bias_constraint");
  return make_dense(config.name(), options, config.trainable());
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
  const Json& seed = config.value("seed");
  if (seed.is_number_unsigned()) options.seed = seed.get<std::uint64_t>();
  return make_dropout(config.name(), options, config.trainable());
}

/// One number, or a list of them, plain or as a serialized array.
std::vector<float> read_numbers(LayerConfig& config, const char* key, double fallback) {
  const Json& given = config.value(key);
  if (given.is_null()) return {static_cast<float>(fallback)};
  const Json& value = given.is_object() ? member(member(given, "config"), "value") : given;
  std::vector<float> numbers;
  for (const Json& item : value.is_array() ? value : Json::array({value})) {
    const auto number = number_of(item);
    if (!number) config.refuse(key, text(brief(given), " is not a number or a list of numbers"));
    numbers.push_back(static_cast<float>(*number));
  }
  return numbers;
}

std::unique_ptr<Layer> read_rescaling(LayerConfig& config) {
  const RescalingOptions options{read_numbers(config, "scale", 1), read_numbers(config, "offset", 0)};
  return make_rescaling(config.name(), options, config.trainable());
}

constexpr LayerClass kClasses[] = {
    {"Dense", read_dense}, {"Dropout", read_dropout}, {"Rescaling", read_rescaling}};

}  // namespace

std::span<const LayerClass> core_layers() {
  return kClasses;
}

}  // namespace ktrain
