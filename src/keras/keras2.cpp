#include "keras/keras2.h"

#include <string>
#include <string_view>
#include <utility>

#include "core/text.h"
#include "keras/keras2_nodes.h"

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

void convert_model(Json& model);

void convert_layer(Json& layer) {
  if (!layer.is_object() || !member(layer, "config").is_structured()) return;
  rename_class(layer);
  const std::string class_name = string_member(layer, "class_name");
  if (class_name == "Sequential" || class_name == "Functional" || class_name == "Model")
    return convert_model(layer);
  Json& config = layer["config"];
  if (!config.is_object()) return;
  convert_arguments(class_name, config);
  for (const char* wrapped : {"layer", "backward_layer", "cell"}) {
    if (config.contains(wrapped) && config[wrapped].is_object()) convert_layer(config[wrapped]);
  }
  if (class_name != "InputLayer") config.erase("batch_input_shape");
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

void convert_model(Json& model) {
  Json& config = model["config"];
  if (config.is_array()) config = Json{{"name", "sequential"}, {"layers", Json(config)}};
  if (!config.is_object() || !member(config, "layers").is_array()) return;
  Json& layers = config["layers"];
  if (string_member(model, "class_name") == "Sequential") add_input_layer(layers);
  for (Json& layer : layers) convert_layer(layer);
  if (string_member(model, "class_name") != "Sequential") convert_nodes(config);
}

}  // namespace

Json to_keras3(const Json& model) {
  Json converted = model;
  if (converted.is_object() && member(converted, "config").is_structured()) convert_model(converted);
  return converted;
}

}  // namespace ktrain
