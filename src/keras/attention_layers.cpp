#include <vector>

#include "core/text.h"
#include "keras/registry.h"
#include "ktrain/nn/layers/attention.h"
#include "ktrain/nn/layers/multi_head_attention.h"

namespace ktrain {
namespace {

std::optional<std::uint64_t> read_seed(LayerConfig& config) {
  const Json& seed = config.value("seed");
  return seed.is_number_unsigned() ? std::optional(seed.get<std::uint64_t>()) : std::nullopt;
}

bool literal_flag(LayerConfig& config, const char* argument) {
  const Json& value = config.literal(argument);
  if (value.is_null()) return false;
  if (!value.is_boolean()) config.refuse(argument, text(brief(value), " is not true or false"));
  return value.get<bool>();
}

/// What Attention and AdditiveAttention have in common.
AttentionOptions read_attention_arguments(LayerConfig& config, bool use_scale) {
  AttentionOptions options;
  options.use_scale = config.flag("use_scale", use_scale);
  options.dropout = config.number("dropout", 0.0);
  options.seed = read_seed(config);
  options.has_key = config.call().count("inputs") == 3;
  options.masked = config.call().count("inputs_mask") > 0;
  options.use_causal_mask = literal_flag(config, "use_causal_mask");
  options.return_attention_scores = literal_flag(config, "return_attention_scores");
  return options;
}

std::unique_ptr<Layer> read_attention(LayerConfig& config) {
  AttentionOptions options = read_attention_arguments(config, false);
  config.only("score_mode", {"dot", "concat"});
  if (config.value("score_mode") == "concat") options.score_mode = ScoreMode::kConcat;
  return make_attention(config.name(), "Attention", options, config.trainable());
}

std::unique_ptr<Layer> read_additive_attention(LayerConfig& config) {
  AttentionOptions options = read_attention_arguments(config, true);
  options.score_mode = ScoreMode::kAdditive;
  return make_attention(config.name(), "AdditiveAttention", options, config.trainable());
}

/// Null, one whole number or a list of them.
std::vector<std::int64_t> read_integers(LayerConfig& config, const char* key) {
  const Json& given = config.value(key);
  std::vector<std::int64_t> numbers;
  if (given.is_null()) return numbers;
  for (const Json& item : given.is_array() ? given : Json::array({given})) {
    if (!item.is_number_integer()) config.refuse(key, text(brief(given), " is not a whole number or a list"));
    numbers.push_back(item.get<std::int64_t>());
  }
  return numbers;
}

/// What MultiHeadAttention and GroupQueryAttention have in common.
MultiHeadAttentionOptions read_heads(LayerConfig& config) {
  MultiHeadAttentionOptions options;
  options.class_name = config.class_name();
  options.dropout = config.number("dropout", 0.0);
  options.use_bias = config.flag("use_bias", true);
  options.use_gate = config.flag("use_gate", false);
  options.seed = read_seed(config);
  if (!config.value("sliding_window").is_null()) options.sliding_window = config.integer("sliding_window");
  // Another way to the same numbers.
  config.ignore({"flash_attention"});
  options.kernel_initializer = config.initializer("kernel_initializer");
  options.bias_initializer = config.initializer("bias_initializer");
  options.kernel_regularizer = config.regularizer("kernel_regularizer");
  options.bias_regularizer = config.regularizer("bias_regularizer");
  options.kernel_constraint = config.constraint("kernel_constraint");
  options.bias_constraint = config.constraint("bias_constraint");
  options.activity_regularizer = config.activity_regularizer();
  options.use_causal_mask = literal_flag(config, "use_causal_mask");
  options.return_attention_scores = literal_flag(config, "return_attention_scores");
  options.key = config.call().find("key");
  options.query_mask = config.call().find("query_mask");
  options.value_mask = config.call().find("value_mask");
  options.key_mask = config.call().find("key_mask");
  options.attention_mask = config.call().find("attention_mask");
  return options;
}

std::unique_ptr<Layer> read_multi_head_attention(LayerConfig& config) {
  MultiHeadAttentionOptions options = read_heads(config);
  options.num_heads = config.integer("num_heads");
  options.key_dim = config.integer("key_dim");
  if (!config.value("value_dim").is_null()) options.value_dim = config.integer("value_dim");
  options.output_shape = read_integers(config, "output_shape");
  for (const std::int64_t axis : read_integers(config, "attention_axes")) {
    options.attention_axes.push_back(static_cast<int>(axis));
  }
  return make_multi_head_attention(config.name(), options, config.trainable());
}

std::unique_ptr<Layer> read_group_query_attention(LayerConfig& config) {
  MultiHeadAttentionOptions options = read_heads(config);
  options.num_heads = config.integer("num_query_heads");
  options.key_value_heads = config.integer("num_key_value_heads");
  options.key_dim = config.integer("head_dim");
  options.object_prefix.assign(1, '_');
  return make_multi_head_attention(config.name(), options, config.trainable());
}

constexpr std::string_view kHeadArguments = "query value key query_mask value_mask key_mask attention_mask";

constexpr LayerClass kClasses[] = {
    {"Attention", read_attention, Masking::kTakes, "inputs"},
    {"AdditiveAttention", read_additive_attention, Masking::kTakes, "inputs"},
    {"MultiHeadAttention", read_multi_head_attention, Masking::kTakesAndClears, kHeadArguments},
    {"GroupQueryAttention", read_group_query_attention, Masking::kTakes, kHeadArguments},
    {"GroupedQueryAttention", read_group_query_attention, Masking::kTakes, kHeadArguments}};

}  // namespace

std::span<const LayerClass> attention_layers() {
  return kClasses;
}

}  // namespace ktrain
