#include "keras/keras2.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include "core/text.h"
#include "keras/keras2_compile.h"
#include "keras/keras2_nodes.h"
#include "keras/registry.h"
#include "ktrain/core/error.h"

namespace ktrain {
namespace {

struct Renamed {
  std::string_view old_name;
  std::string_view name;
};

constexpr Renamed kClasses[] = {{"BatchNormalizationV1", "BatchNormalization"},
                                {"BatchNormalizationV2", "BatchNormalization"},
                                {"Convolution1D", "Conv1D"},
                                {"Convolution2D", "Conv2D"},
                                {"Convolution3D", "Conv3D"},
                                {"Convolution2DTranspose", "Conv2DTranspose"},
                                {"Deconvolution2D", "Conv2DTranspose"},
                                {"SeparableConvolution2D", "SeparableConv2D"},
                                {"DepthwiseConvolution2D", "DepthwiseConv2D"},
                                {"MaxPool1D", "MaxPooling1D"},
                                {"MaxPool2D", "MaxPooling2D"},
                                {"MaxPool3D", "MaxPooling3D"},
                                {"AvgPool1D", "AveragePooling1D"},
                                {"AvgPool2D", "AveragePooling2D"},
                                {"AvgPool3D", "AveragePooling3D"},
                                {"GlobalMaxPool1D", "GlobalMaxPooling1D"},
                                {"GlobalMaxPool2D", "GlobalMaxPooling2D"},
                                {"GlobalMaxPool3D", "GlobalMaxPooling3D"},
                                {"GlobalAvgPool1D", "GlobalAveragePooling1D"},
                                {"GlobalAvgPool2D", "GlobalAveragePooling2D"},
                                {"GlobalAvgPool3D", "GlobalAveragePooling3D"},
                                {"LSTMV1", "LSTM"},
                                {"LSTMV2", "LSTM"},
                                {"GRUV1", "GRU"},
                                {"GRUV2", "GRU"},
                                {"SyncBatchNormalization", "BatchNormalization"}};

/// Arguments of Keras 2 alone, dropped where they have the value that says nothing; "*" is every class.
struct Dropped {
  std::string_view class_name;
  const char* key;
  std::string_view silent;  ///< JSON; "any": whatever the value
};

constexpr Dropped kArguments[] = {{"*", "implementation", "any"},
                                  {"*", "time_major", "false"},
                                  {"*", "num_constants", "null"},
                                  {"*", "virtual_batch_size", "null"},
                                  {"*", "fused", "any"},
                                  {"*", "input_length", "any"},
                                  {"*", "input_dtype", "any"},
                                  {"DepthwiseConv2D", "groups", "1"},
                                  {"DepthwiseConv1D", "groups", "1"},
                                  {"SeparableConv1D", "groups", "1"},
                                  {"SeparableConv2D", "groups", "1"},
                                  {"Conv1DTranspose", "groups", "1"},
                                  {"Conv2DTranspose", "groups", "1"},
                                  {"Conv3DTranspose", "groups", "1"},
                                  {"DepthwiseConv2D", "kernel_initializer", "any"},
                                  {"DepthwiseConv2D", "kernel_regularizer", "null"},
                                  {"DepthwiseConv2D", "kernel_constraint", "null"},
                                  {"SeparableConv1D", "kernel_initializer", "any"},
                                  {"SeparableConv1D", "kernel_regularizer", "null"},
                                  {"SeparableConv1D", "kernel_constraint", "null"},
                                  {"SeparableConv2D", "kernel_initializer", "any"},
                                  {"SeparableConv2D", "kernel_regularizer", "null"},
                                  {"SeparableConv2D", "kernel_constraint", "null"},
                                  {"SpatialDropout1D", "noise_shape", "null"},
                                  {"SpatialDropout2D", "noise_shape", "null"},
                                  {"SpatialDropout3D", "noise_shape", "null"},
                                  {"MultiHeadAttention", "query_shape", "any"},
                                  {"MultiHeadAttention", "key_shape", "any"},
                                  {"MultiHeadAttention", "value_shape", "any"},
                                  {"MultiHeadAttention", "softmax_robust_masking", "any"}};

void rename_class(Json& layer) {
  const std::string class_name = string_member(layer, "class_name");
  for (const Renamed& renamed : kClasses) {
    if (renamed.old_name == class_name) layer["class_name"] = std::string(renamed.name);
  }
  if (class_name == "SyncBatchNormalization") layer["config"]["synchronized"] = true;
}

void drop_arguments(const std::string& class_name, Json& config) {
  for (const Dropped& dropped : kArguments) {
    const auto found = config.find(dropped.key);
    if (found == config.end() || (dropped.class_name != "*" && dropped.class_name != class_name)) continue;
    if (dropped.silent == "any" || *found == Json::parse(dropped.silent)) config.erase(found);
  }
}

/// {"class_name": "Policy", "config": {"name": "mixed_float16"}} -> "mixed_float16"
void simplify_dtype(Json& config) {
  const auto dtype = config.find("dtype");
  if (dtype == config.end() || !dtype->is_object()) return;
  const std::string kind = string_member(*dtype, "class_name");
  const std::string name = string_member(member(*dtype, "config"), "name");
  if ((kind == "Policy" || kind == "PolicyV1") && !name.empty()) *dtype = name;
}

void convert_arguments(const std::string& class_name, Json& config) {
  simplify_dtype(config);
  drop_arguments(class_name, config);
  if (class_name == "LeakyReLU" && config.contains("alpha")) {
    config["negative_slope"] = config["alpha"];
    config.erase("alpha");
  }
  if (class_name == "BatchNormalization" && member(config, "axis").is_array() && config["axis"].size() == 1) {
    const Json axis = config["axis"][0];
    config["axis"] = axis;
  }
  if (class_name == "InputLayer" && config.contains("batch_input_shape")) {
    config["batch_shape"] = config["batch_input_shape"];
    config.erase("batch_input_shape");
  }
}

/// A Sequential may have its input's shape at its first layer alone.
void add_input_layer(Json& layers) {
  if (layers.empty() || string_member(layers[0], "class_name") == "InputLayer") return;
  const Json& config = member(layers[0], "config");
  const Json shape = member(config, "batch_input_shape");
  if (shape.is_null()) return;
  const Json dtype = member(config, "dtype").is_string() ? config["dtype"] : Json("float32");
  const Json input = {
      {"class_name", "InputLayer"},
      {"config",
       {{"name", string_member(config, "name") + "_input"}, {"batch_shape", shape}, {"dtype", dtype}}}};
  layers.insert(layers.begin(), input);
}

/// True when `found(layer object)` for some layer of a model, at any depth.
template <typename Found>
bool any_layer(const Json& object, const Found& found) {
  if (!object.is_structured()) return false;
  if (object.is_object() && object.contains("class_name") && found(object)) return true;
  return std::any_of(object.begin(), object.end(), [&](const Json& item) { return any_layer(item, found); });
}

/// Every input of Keras 2 gives its shape under this name.
bool is_keras2(const Json& model) {
  return any_layer(model, [](const Json& layer) {
    const Json& config = member(layer, "config");
    return config.is_object() && config.contains("batch_input_shape");
  });
}

bool has_masks(const Json& model) {
  return any_layer(model, [](const Json& layer) {
    return layer["class_name"] == "Masking" || member(member(layer, "config"), "mask_zero") == true;
  });
}

/// Translates one model. What has the same form in both dialects but another meaning changes for Keras 2
/// alone.
class Converter {
 public:
  explicit Converter(const Json& model) : keras2_(is_keras2(model)), masked_(keras2_ && has_masks(model)) {}

  void convert_model(Json& model) const {
    Json& config = model["config"];
    if (config.is_array()) config = Json{{"name", "sequential"}, {"layers", Json(config)}};
    if (!config.is_object() || !member(config, "layers").is_array()) return;
    Json& layers = config["layers"];
    const bool sequential = string_member(model, "class_name") == "Sequential";
    if (sequential) add_input_layer(layers);
    for (Json& layer : layers) convert_layer(layer);
    if (!sequential) convert_nodes(config);
    if (!keras2_) return;
    model["class_name"] = sequential ? "Sequential" : "Functional";
    model["module"] = sequential ? "keras" : "keras.src.models.functional";
    model["registered_name"] = sequential ? Json() : Json("Functional");
    model.erase("build_config");
    if (model.contains("compile_config"))
      model["compile_config"] = compile_to_keras3(model["compile_config"]);
  }

 private:
  void convert_layer(Json& layer) const {
    if (!layer.is_object() || !member(layer, "config").is_structured()) return;
    rename_class(layer);
    const std::string class_name = string_member(layer, "class_name");
    if (class_name == "Sequential" || class_name == "Functional" || class_name == "Model")
      return convert_model(layer);
    Json& config = layer["config"];
    if (!config.is_object()) return;
    convert_arguments(class_name, config);
    if (keras2_) change_meaning(layer);
    for (const char* wrapped : {"layer", "backward_layer", "cell"}) {
      if (!config.contains(wrapped) || !config[wrapped].is_object()) continue;
      if (keras2_) pass_freezing_on(config, config[wrapped]);
      convert_layer(config[wrapped]);
    }
    if (class_name != "InputLayer") config.erase("batch_input_shape");
  }

  void change_meaning(Json& layer) const {
    for (const char* key : {"activation", "recurrent_activation"}) {
      Json& config = layer["config"];
      if (config.contains(key) && config[key] == "hard_sigmoid") config[key] = "keras2_hard_sigmoid";
    }
    for (const char* key : {"ragged", "optional"}) {  // Keras 3.3 does not know them
      if (layer["class_name"] == "InputLayer" && member(layer["config"], key) == false)
        layer["config"].erase(key);
    }
    if (find_layer(layer) == nullptr) return;
    const std::string class_name = string_member(layer, "class_name");
    if (class_name == "TimeDistributed") refuse_within_steps(layer["config"]);
    if (class_name == "MultiHeadAttention") refuse_penalty_of_calls(layer);
    if (class_name == "LayerNormalization") refuse_order_of_axes(layer["config"]);
    if (masked_ && std::ranges::find(kOtherMasks, class_name) != std::end(kOtherMasks)) {
      layer["class_name"] = "Keras2" + class_name;
    }
    layer["module"] = "keras.layers";
    layer["registered_name"] = nullptr;
    layer.erase("build_config");
  }

  static bool has_penalty(const Json& layer) {
    return !member(member(layer, "config"), "activity_regularizer").is_null();
  }

  /// Keras 2 normalizes all steps together, Keras 3 each by itself; and it counts the penalties of activities
  /// otherwise.
  static void refuse_within_steps(const Json& config) {
    const auto refuse = [&](const char* what) {
      throw Error(ExitCode::kConfiguration,
                  text("layer '", string_member(config, "name"), "' (TimeDistributed): ", what,
                       " within it is not supported in a model of Keras 2"));
    };
    const auto normalizes = [](const Json& layer) { return layer["class_name"] == "BatchNormalization"; };
    if (any_layer(member(config, "layer"), normalizes)) refuse("BatchNormalization");
    if (any_layer(member(config, "layer"), has_penalty)) refuse("an activity_regularizer");
  }

  /// Of several calls Keras 2 does not count the penalties as Keras 3 does.
  static void refuse_penalty_of_calls(const Json& layer) {
    const Json& calls = member(layer, "inbound_nodes");
    if (!has_penalty(layer) || !calls.is_array() || calls.size() < 2) return;
    throw Error(
        ExitCode::kConfiguration,
        text("layer '", string_member(layer["config"], "name"),
             "' (MultiHeadAttention): an activity_regularizer of a layer that is called more than once "
             "is not supported in a model of Keras 2"));
  }

  /// Keras 2 lays out gamma and beta in the order of the axes, Keras 3 in that of the input.
  static void refuse_order_of_axes(const Json& config) {
    const Json& axes = member(config, "axis");
    if (!axes.is_array() || std::ranges::is_sorted(axes)) return;
    throw Error(ExitCode::kConfiguration,
                text("layer '", string_member(config, "name"), "' (LayerNormalization): axis ", brief(axes),
                     ": axes out of order are not supported in a model of Keras 2"));
  }

  /// What a frozen layer of Keras 2 wraps is frozen; in Keras 3 its own flag counts.
  static void pass_freezing_on(const Json& config, Json& wrapped) {
    Json& inner = wrapped["config"];
    if (member(config, "trainable") != false || !inner.is_object()) return;
    inner["trainable"] = false;
    if (!member(inner, "cells").is_array()) return;
    for (Json& cell : inner["cells"]) {
      if (member(cell, "config").is_object()) cell["config"]["trainable"] = false;
    }
  }

  static constexpr std::string_view kOtherMasks[] = {"Add",      "Average",  "Maximum",  "Minimum",
                                                     "Multiply", "Subtract", "Identity", "Normalization"};

  bool keras2_;
  bool masked_;
};

}  // namespace

Json to_keras3(Json model) {
  if (model.is_object() && member(model, "config").is_structured()) {
    const Converter converter(model);
    converter.convert_model(model);
  }
  return model;
}

void require_keras3(const std::string& description) {
  const Json model = parse_json(description, "the model's description");
  any_layer(model, [](const Json& layer) {
    const Json& config = member(layer, "config");
    std::string what;
    if (string_member(layer, "class_name").starts_with("Keras2")) what = "merges masks";
    for (const char* key : {"activation", "recurrent_activation"}) {
      if (member(config, key) == "keras2_hard_sigmoid") what = "has hard_sigmoid";
    }
    if (what.empty()) return false;
    throw Error(ExitCode::kConfiguration,
                text("layer '", string_member(config, "name"), "' ", what,
                     " as Keras 2 does, and Keras 3 computes something else: only its weights can be saved"
                     " (.weights.h5)"));
  });
}

}  // namespace ktrain
