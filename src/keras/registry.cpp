#include "keras/registry.h"

#include "core/check.h"
#include "keras/operations.h"

namespace ktrain {
namespace {

/// True when the object's class is one of keras.layers; .h5-style objects and old files name no module.
bool is_keras_layer(const Json& object) {
  const Json& module = member(object, "module");
  const Json& registered = member(object, "registered_name");
  const bool built_in = registered.is_null() || registered == member(object, "class_name");
  return built_in && (module.is_null() || module == "keras.layers" ||
                      string_member(object, "module").starts_with("keras.src.layers."));
}

}  // namespace

std::vector<std::span<const LayerClass>> layer_families() {
  return {core_layers(),      activation_layers(), convolution_layers(),   pooling_layers(),
          reshaping_layers(), merging_layers(),    normalization_layers(), preprocessing_layers(),
          recurrent_layers(), attention_layers(),  regularization_layers()};
}

const LayerClass* find_layer(const Json& object) {
  if (!is_keras_layer(object)) return nullptr;
  const std::string class_name = string_member(object, "class_name");
  for (const auto& family : layer_families()) {
    for (const LayerClass& layer : family) {
      if (layer.name == class_name) return &layer;
    }
  }
  return nullptr;
}

bool is_operation(const Json& object) {
  const std::string module = string_member(object, "module");
  return module.starts_with("keras.src.ops.") || module.starts_with("keras.src.activations.");
}

bool is_bidirectional(const Json& object) {
  return is_keras_layer(object) && member(object, "class_name") == "Bidirectional";
}

bool is_known(const Json& object) {
  return find_layer(object) != nullptr || is_bidirectional(object) || has_operation(object);
}

std::unique_ptr<Layer> make_layer(const Json& object, const ArchitectureOptions& options,
                                  const LayerCall& call) {
  const LayerClass* found = find_layer(object);
  KTRAIN_CHECK(found != nullptr, brief(object));
  LayerConfig config(string_member(object, "class_name"), member(object, "config"), options, {"float32"},
                     call);
  auto layer = found->read(config);
  config.finish();
  return layer;
}

}  // namespace ktrain
