#include <optional>
#include <vector>

#include "core/text.h"
#include "keras/registry.h"
#include "ktrain/nn/layers/dense.h"
#include "ktrain/nn/layers/einsum_dense.h"
#include "ktrain/nn/layers/embedding.h"
#include "ktrain/nn/layers/identity.h"
#include "ktrain/nn/layers/masking.h"
#include "ktrain/nn/layers/normalization.h"
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

std::string read_text(LayerConfig& config, const char* key) {
  const Json& given = config.value(key);
  if (!given.is_string()) config.refuse(key, text(brief(given), " is not a string"));
  return given.get<std::string>();
}

/// output_shape: a size, or a list of sizes and nulls.
std::vector<std::optional<std::int64_t>> read_output_shape(LayerConfig& config) {
  const Json& given = config.value("output_shape");
  std::vector<std::optional<std::int64_t>> shape;
  for (const Json& size : given.is_array() ? given : Json::array({given})) {
    if (!size.is_null() && !size.is_number_unsigned()) {
      config.refuse("output_shape", text(brief(given), " is not a list of sizes"));
    }
    shape.push_back(size.is_null() ? std::nullopt : std::optional(size.get<std::int64_t>()));
  }
  return shape;
}

std::unique_ptr<Layer> read_einsum_dense(LayerConfig& config) {
  config.only("lora_rank", {nullptr});
  config.only("quantization_config", {nullptr});
  config.only("gptq_unpacked_column_size", {nullptr});
  config.ignore({"lora_alpha"});
  EinsumDenseOptions options;
  options.equation = read_text(config, "equation");
  options.output_shape = read_output_shape(config);
  if (!config.value("bias_axes").is_null()) options.bias_axes = read_text(config, "bias_axes");
  options.activation = config.activation("activation");
  options.kernel_initializer = config.initializer("kernel_initializer");
  options.bias_initializer = config.initializer("bias_initializer");
  options.kernel_regularizer = config.regularizer("kernel_regularizer");
  options.bias_regularizer = config.regularizer("bias_regularizer");
  options.kernel_constraint = config.constraint("kernel_constraint");
  options.bias_constraint = config.constraint("bias_constraint");
  return make_einsum_dense(config.name(), options, config.trainable());
}

// mask_zero matters to whoever makes the mask.
std::unique_ptr<Layer> read_embedding(LayerConfig& config) {
  config.only("lora_rank", {nullptr});
  config.only("quantization_config", {nullptr});
  config.ignore({"input_length", "lora_alpha"});
  static_cast<void>(config.flag("mask_zero", false));
  EmbeddingOptions options;
  options.input_dim = config.integer("input_dim");
  options.output_dim = config.integer("output_dim");
  options.embeddings_initializer = config.initializer("embeddings_initializer");
  options.embeddings_regularizer = config.regularizer("embeddings_regularizer");
  options.embeddings_constraint = config.constraint("embeddings_constraint");
  return make_embedding(config.name(), options, config.trainable());
}

std::unique_ptr<Layer> read_masking(LayerConfig& config) {
  return make_masking(config.name(), {.mask_value = config.real("mask_value", 0)}, config.trainable());
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

/// Adds the numbers of a list of lists to `numbers`; nothing when it is none of equal lengths.
std::optional<Shape> read_array(const Json& value, std::vector<float>& numbers) {
  if (const auto number = number_of(value)) {
    numbers.push_back(static_cast<float>(*number));
    return Shape();
  }
  std::optional<Shape> item;
  if (!value.is_array() || value.empty()) return std::nullopt;
  for (const Json& element : value) {
    const auto shape = read_array(element, numbers);
    if (!shape || shape->rank() == Shape::kMaxRank || (item && !(*item == *shape))) return std::nullopt;
    item = shape;
  }
  return item->batched(static_cast<std::int64_t>(value.size()));
}

/// mean and variance, both or none.
std::optional<NormalizationOptions::Given> read_given_statistics(LayerConfig& config) {
  const Json &mean = config.value("mean"), &variance = config.value("variance");
  if (mean.is_null() != variance.is_null()) config.refuse("mean", "comes without a variance, or it without");
  if (mean.is_null()) return std::nullopt;
  NormalizationOptions::Given given;
  const auto array = [](const Json& json) {
    return json.is_object() ? member(member(json, "config"), "value") : json;
  };
  const auto shape = read_array(array(mean), given.mean);
  if (!shape) config.refuse("mean", text(brief(mean), " is not a number or a list of numbers"));
  if (read_array(array(variance), given.variance) != shape) {
    config.refuse("variance", text(brief(variance), " has not the shape of the mean"));
  }
  given.shape = *shape;
  return given;
}

std::unique_ptr<Layer> read_normalization(LayerConfig& config) {
  NormalizationOptions options;
  const Json& axis = config.value("axis");
  if (config.has("axis")) options.axis.clear();
  for (const std::int64_t one : axis.is_array()  ? config.integers("axis")
                                : axis.is_null() ? std::vector<std::int64_t>()
                                                 : std::vector{config.integer("axis")}) {
    options.axis.push_back(static_cast<int>(one));
  }
  options.given = read_given_statistics(config);
  options.invert = config.flag("invert", false);
  return make_normalization(config.name(), options, config.trainable());
}

std::unique_ptr<Layer> read_identity(LayerConfig& config) {
  return make_identity(config.name(), config.trainable());
}

constexpr LayerClass kClasses[] = {{"Dense", read_dense, Masking::kPasses},
                                   {"EinsumDense", read_einsum_dense, Masking::kDrops},
                                   {"Embedding", read_embedding},
                                   {"Identity", read_identity, Masking::kPasses},
                                   {"Keras2Identity", read_identity, Masking::kDrops},
                                   {"Masking", read_masking},
                                   {"Normalization", read_normalization, Masking::kPasses},
                                   {"Keras2Normalization", read_normalization, Masking::kDrops},
                                   {"Rescaling", read_rescaling, Masking::kPasses}};

}  // namespace

std::span<const LayerClass> core_layers() {
  return kClasses;
}

}  // namespace ktrain
